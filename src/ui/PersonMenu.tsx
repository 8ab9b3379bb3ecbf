import { type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
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
        <button type="button" className="me">
          <span className="vh">{t('frame.person.menu')}</span>
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
        {person.pages && person.pages.length > 0 && (
          <>
            <Menu.Divider />
            {person.pages.map(({ label, Icon, to }) => (
              <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={16} stroke={1.75} aria-hidden />}>
                {label}
              </Menu.Item>
            ))}
          </>
        )}
        <Menu.Divider />
        <Menu.Label>{t('frame.appearance')}</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}>
          {appearances.map(({ scheme, Icon }) => (
            <Menu.RadioItem key={scheme} value={scheme} rightSection={<Icon size={16} stroke={1.75} aria-hidden />}>
              {t(`frame.appearance.${scheme}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
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
