import { Button, Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import type { ReactNode } from 'react';

export interface SplitAction {
  readonly label: string;
  /** When one would choose it, in a sentence. */
  readonly description?: string;
  readonly icon?: ReactNode;
  readonly onClick: () => void;
}

/** The one primary button of a view and, at its immediate right, the ways to do more. Both halves are off together. */
export function SplitButton({
  label,
  icon,
  onClick,
  moreLabel,
  actions,
  disabled = false,
}: {
  label: string;
  icon?: ReactNode;
  onClick: () => void;
  /** The accessible name of the second half: "More ways to sync". */
  moreLabel: string;
  actions: readonly SplitAction[];
  disabled?: boolean;
}) {
  return (
    <div className="split">
      <Button variant="filled" leftSection={icon} onClick={onClick} disabled={disabled}>
        {label}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="filled" className="split-more" aria-label={moreLabel} disabled={disabled}>
            <IconChevronDown size={16} stroke={1.75} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {actions.map((action) => (
            <Menu.Item key={action.label} leftSection={action.icon} onClick={action.onClick}>
              <span className="menu-words">
                <strong>{action.label}</strong>
                {action.description !== undefined && <span>{action.description}</span>}
              </span>
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
