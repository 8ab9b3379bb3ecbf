import { createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { mountApp } from '../../ui/AppRoot.tsx';
import { routerDefaults } from '../../ui/router-defaults.tsx';
import { HomePage } from './HomePage.tsx';
import { SettingsPage } from './SettingsPage.tsx';
import { SignedIn } from './SignedIn.tsx';

const root = createRootRoute({
  component: () => (
    <SignedIn>
      <Outlet />
    </SignedIn>
  ),
});
const home = createRoute({ getParentRoute: () => root, path: '/', component: HomePage });
const settings = createRoute({ getParentRoute: () => root, path: '/settings', component: SettingsPage });

const router = createRouter({ routeTree: root.addChildren([home, settings]), ...routerDefaults });

mountApp('connect', <RouterProvider router={router} />);
