import { createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { mountApp } from '../../ui/AppRoot.tsx';
import { Frame } from '../../ui/Frame.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { routerDefaults } from '../../ui/router-defaults.tsx';

function Root() {
  const t = useT();
  return (
    <Frame app="portal" items={[{ label: t('portal.nav.patients'), to: '/' }]}>
      <Outlet />
    </Frame>
  );
}

function Start() {
  const t = useT();
  return <Page title={t('portal.nav.patients')}>{t('frame.loading')}</Page>;
}

const root = createRootRoute({ component: Root });
const start = createRoute({ getParentRoute: () => root, path: '/', component: Start });

const router = createRouter({ routeTree: root.addChildren([start]), ...routerDefaults });

mountApp('portal', <RouterProvider router={router} />);
