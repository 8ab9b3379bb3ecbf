import { Button, Radio } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { columnName } from '../../../language/column-name.ts';
import { formatDate } from '../../../language/dates.ts';
import { useLanguage, useT } from '../../../ui/language.tsx';
import { useWallClock } from '../office-time.ts';
import { type Conflict, type ConflictCell, type Side, sideAtFirst } from './conflict.ts';
import { keyOf } from './pending-changes.ts';

/** Somebody saved before: each cell that differs, as it was, as they saved it and as it is here. A person chooses; nothing is lost. */
export function ConflictChooser({
  conflict,
  onChoose,
  onDiscard,
}: {
  conflict: Conflict;
  onChoose: (cells: readonly ConflictCell[], sides: ReadonlyMap<string, Side>) => void;
  onDiscard: () => void;
}) {
  const t = useT();
  const language = useLanguage();
  const wall = useWallClock();
  const [sides, setSides] = useState<ReadonlyMap<string, Side>>(new Map());
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const said = ({ field }: ConflictCell, value: ConflictCell['mine']) => {
    if (field !== 'until') return t(value ? 'frame.cell.held' : 'frame.cell.not-held');
    return typeof value === 'string' ? formatDate(language, value, 'day') : t('emr.until.none');
  };
  return (
    <section className="card conflict" aria-labelledby="conflict-title">
      <header>
        <IconAlertTriangle size={20} stroke={1.75} className="t-amber" aria-hidden />
        <h2 id="conflict-title" ref={heading} tabIndex={-1}>
          {t('emr.conflict.title')}
        </h2>
      </header>
      <div className="pad stack g3">
        <p>{t('emr.conflict.what')}</p>
        <ul className="stack g3">
          {conflict.cells.map((cell) => {
            const { key, place, field, began, theirs, mine } = cell;
            const { office, row } = place;
            const name = t(field === 'until' ? 'emr.permissions.access-until' : columnName(field));
            return (
              <li key={key}>
                <Radio.Group
                  label={`${name} · ${row.display} · ${office.name}`}
                  description={t('emr.conflict.was', { value: said(cell, began) })}
                  value={sides.get(key) ?? sideAtFirst(cell)}
                  onChange={(side) => setSides((before) => new Map([...before, [key, side as Side]]))}
                >
                  <div className="row wrap conflict-sides">
                    <Radio
                      value="theirs"
                      label={t('emr.conflict.theirs', {
                        value: said(cell, theirs),
                        changed: String(theirs !== began),
                        who: row.changedBy ?? t('emr.permissions.somebody'),
                        when: row.changedAt === null ? '' : wall(row.changedAt, office.zone),
                      })}
                    />
                    <Radio
                      value="mine"
                      label={t('emr.conflict.mine', { value: said(cell, mine), changed: String(mine !== began) })}
                    />
                  </div>
                </Radio.Group>
              </li>
            );
          })}
        </ul>
        {conflict.gone.length > 0 && (
          <div>
            <p>{t('emr.conflict.gone')}</p>
            <ul>
              {conflict.gone.map((place) => (
                <li key={keyOf(place)}>
                  {place.row.display} · {place.office.name}
                </li>
              ))}
            </ul>
          </div>
        )}
        <div className="row wrap">
          <Button variant="filled" onClick={() => onChoose(conflict.cells, sides)}>
            {t('emr.conflict.go-on')}
          </Button>
          <Button onClick={onDiscard}>{t('emr.conflict.drop')}</Button>
        </div>
        <p className="small muted">{t('emr.conflict.not-saved')}</p>
      </div>
    </section>
  );
}
