import { createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { mountApp } from '../../ui/AppRoot.tsx';
import { routerDefaults } from '../../ui/router-defaults.tsx';
import { DaySheetPage } from './DaySheetPage.tsx';
import { PatientsPage, type PatientsSearch } from './PatientsPage.tsx';
import { SignedIn } from './SignedIn.tsx';

const root = createRootRoute({
  component: () => (
    <SignedIn>
      <Outlet />
    </SignedIn>
  ),
});
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const validateSearch = (search: Record<string, unknown>): PatientsSearch => ({
  date: text(search['date']),
  office: text(search['office']),
  providers: text(search['providers']),
  search: text(search['search']),
});
const patients = createRoute({ getParentRoute: () => root, path: '/', validateSearch, component: PatientsPage });
const daySheet = createRoute({
  getParentRoute: () => root,
  path: '/day-sheet',
  validateSearch,
  component: DaySheetPage,
});

const router = createRouter({ routeTree: root.addChildren([patients, daySheet]), ...routerDefaults });

mountApp('portal', <RouterProvider router={router} />);
