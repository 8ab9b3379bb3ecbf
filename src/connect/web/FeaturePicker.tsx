import { Checkbox } from '@mantine/core';
import { type ColumnSet, columnsIn } from '../../fhir/columns.ts';
import { columnName } from '../../language/column-name.ts';
import { listOf } from '../../language/lists.ts';
import { useLanguage, useT } from '../../ui/language.tsx';
import { columnsNeededBy, columnsNeededByAll, type Feature, features } from '../contract/features.ts';

/** What the portal does for this site, and which columns of *Provider Permissions* each of it needs. */
export function FeaturePicker({
  chosen,
  error,
  onChange,
}: {
  chosen: readonly Feature[];
  error: string | undefined;
  onChange: (features: readonly Feature[]) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const named = (set: ColumnSet) =>
    listOf(
      language,
      columnsIn(set).map((column) => t(columnName(column))),
    );
  const needed = columnsNeededByAll(chosen);
  return (
    <section className="card" aria-labelledby="settings-features">
      <header>
        <h2 id="settings-features">{t('connect.settings.features')}</h2>
      </header>
      <div className="pad stack g3">
        <p className="s13 muted">{t('connect.settings.features.fewer')}</p>
        {error !== undefined && <p className="s13 t-red">{error}</p>}
        <fieldset>
          <legend className="vh">{t('connect.settings.features')}</legend>
          <ul className="connect-features">
            {features.map((feature) => (
              <li key={feature}>
                <Checkbox
                  label={t(`connect.feature.${feature}`)}
                  description={t('connect.settings.features.needs', { columns: named(columnsNeededBy[feature]) })}
                  checked={chosen.includes(feature)}
                  onChange={(event) =>
                    onChange(
                      features.filter((one) => (one === feature ? event.currentTarget.checked : chosen.includes(one))),
                    )
                  }
                />
              </li>
            ))}
          </ul>
        </fieldset>
        <p className="s13" role="status">
          {needed === 0
            ? t('connect.settings.features.none')
            : t('connect.settings.features.together', { columns: named(needed) })}
        </p>
      </div>
    </section>
  );
}
