import { Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconDeviceDesktop, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import { useT } from './language.tsx';
import { initialsOf, type Person } from './person.ts';

const appearances = [
  { scheme: 'auto', Icon: IconDeviceDesktop },
  { scheme: 'light', Icon: IconSun },
  { scheme: 'dark', Icon: IconMoon },
] as const;

/** The person at the right of the top bar: who and in which role; appearance; signing out. */
export function PersonMenu({ person, onSignOut }: { person: Person; onSignOut?: (() => void) | undefined }) {
  const t = useT();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <button type="button" className="me" aria-label={t('frame.person.menu', { name: person.name })}>
          <span className="who">
            {person.name}
            <small>{person.role}</small>
          </span>
          <span className="avatar" aria-hidden>
            {initialsOf(person.name)}
          </span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="menu-person">
          <strong>{person.name}</strong>
          <span className="small muted">{person.role}</span>
        </div>
        <Menu.Divider />
        <Menu.Label>{t('frame.appearance')}</Menu.Label>
        {appearances.map(({ scheme, Icon }) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={colorScheme === scheme}
            closeMenuOnClick={false}
            leftSection={<Icon size={16} stroke={1.75} aria-hidden />}
            rightSection={colorScheme === scheme ? <IconCheck size={16} stroke={1.75} aria-hidden /> : undefined}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`frame.appearance.${scheme}`)}
          </Menu.Item>
        ))}
        {onSignOut && (
          <>
            <Menu.Divider />
            <Menu.Item leftSection={<IconLogout size={16} stroke={1.75} aria-hidden />} onClick={onSignOut}>
              {t('frame.sign-out')}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
