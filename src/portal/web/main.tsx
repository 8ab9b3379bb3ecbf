import { useQuery } from '@tanstack/react-query';
import { createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { mountApp } from '../../ui/AppRoot.tsx';
import { ApiProblem, api } from '../../ui/api.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Frame } from '../../ui/Frame.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { routerDefaults } from '../../ui/router-defaults.tsx';
import type { SetUpState } from '../contract/session.ts';
import './portal.css';
import { DaySheetPage } from './DaySheetPage.tsx';
import { type DayFilter, readDayFilter, writeDayFilter } from './day-filter.ts';
import { PatientsPage } from './PatientsPage.tsx';
import { SetUp } from './SetUp.tsx';
import { SignIn } from './SignIn.tsx';
import { useMe, useSessionActs } from './session.ts';

function SignedOut() {
  const setUp = useQuery({ queryKey: ['set-up'], queryFn: () => api<SetUpState>('/api/set-up') });
  if (setUp.data?.needed) return <SetUp onDone={() => void setUp.refetch()} />;
  return setUp.isPending ? <LoadingBlock /> : <SignIn />;
}

function Root() {
  const t = useT();
  const me = useMe();
  const acts = useSessionActs();
  const signedOut = me.error instanceof ApiProblem && me.error.status === 401;
  if (signedOut || !me.data) {
    return (
      <Frame app="portal">
        {signedOut && <SignedOut />}
        {!signedOut && (
          <Page>
            {me.error ? <ErrorState problem={me.error} onRetry={() => void me.refetch()} /> : <LoadingBlock />}
          </Page>
        )}
      </Frame>
    );
  }
  const { displayName, role, siteName, siteId } = me.data;
  return (
    <Frame
      app="portal"
      items={[
        { label: t('portal.nav.patients'), to: '/' },
        { label: t('portal.nav.day-sheet'), to: '/day-sheet' },
      ]}
      person={{ name: displayName, role: t(`portal.person.${role}`, { site: siteName }) }}
      onSignOut={() => void acts.signOut()}
      diagnostics={{ site: siteId }}
    >
      <Outlet />
    </Frame>
  );
}

const root = createRootRoute({ component: Root });

const patients = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: readDayFilter,
  component: function Patients() {
    const filter = patients.useSearch();
    const navigate = patients.useNavigate();
    return (
      <PatientsPage filter={filter} onChange={(change) => void navigate({ search: changed(change), replace: true })} />
    );
  },
});

const daySheet = createRoute({
  getParentRoute: () => root,
  path: '/day-sheet',
  validateSearch: readDayFilter,
  component: function Sheet() {
    const filter = daySheet.useSearch();
    const navigate = daySheet.useNavigate();
    return (
      <DaySheetPage filter={filter} onChange={(change) => void navigate({ search: changed(change), replace: true })} />
    );
  },
});

/** The address after a change; what is at its default does not stand in it. */
const changed = (change: Partial<DayFilter>) => (before: DayFilter) =>
  writeDayFilter({ ...before, ...change }) as unknown as DayFilter;

const router = createRouter({ routeTree: root.addChildren([patients, daySheet]), ...routerDefaults });

mountApp('portal', <RouterProvider router={router} />);
