import { createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { mountApp } from '../../ui/AppRoot.tsx';
import { routerDefaults } from '../../ui/router-defaults.tsx';
import { ManageSecurityPage } from './ManageSecurityPage.tsx';
import { SchedulerPage } from './SchedulerPage.tsx';
import { SignedIn } from './SignedIn.tsx';

const root = createRootRoute({
  component: () => (
    <SignedIn>
      <Outlet />
    </SignedIn>
  ),
});
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const scheduler = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: (search: Record<string, unknown>) => ({ office: text(search['office']), date: text(search['date']) }),
  component: SchedulerPage,
});
const security = createRoute({
  getParentRoute: () => root,
  path: '/security',
  validateSearch: (search: Record<string, unknown>) => ({ user: text(search['user']) }),
  component: ManageSecurityPage,
});

const router = createRouter({ routeTree: root.addChildren([scheduler, security]), ...routerDefaults });

mountApp('emr', <RouterProvider router={router} />);
