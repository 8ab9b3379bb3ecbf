import { IconShieldLock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import {
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
  useNavigate,
} from '@tanstack/react-router';
import { useEffect } from 'react';
import { mountApp } from '../../ui/AppRoot.tsx';
import { ApiProblem, api } from '../../ui/api.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Frame } from '../../ui/Frame.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { routerDefaults } from '../../ui/router-defaults.tsx';
import { SecondFactorPage } from '../../ui/second-factor/SecondFactorPage.tsx';
import { useSignInSteps } from '../../ui/second-factor/use-sign-in-steps.tsx';
import type { SetUpState } from '../contract/session.ts';
import { AuditLogsPage } from './audit/AuditLogsPage.tsx';
import './emr.css';
import './chart/chart.css';
import { ChartPage } from './chart/ChartPage.tsx';
import { PatientsPage } from './chart/PatientsPage.tsx';
import { chartTabIds } from './chart/tab-ids.ts';
import { ApproveAccessPage, RefusedRequestPage } from './integrations/ApproveAccessPage.tsx';
import { IntegrationsPage } from './integrations/IntegrationsPage.tsx';
import { SetUp } from './SetUp.tsx';
import { SignIn } from './SignIn.tsx';
import { SchedulerPage } from './scheduler/SchedulerPage.tsx';
import { SchedulerSettingsPage } from './scheduler-settings/SchedulerSettingsPage.tsx';
import { ActiveUsersPage } from './security/ActiveUsersPage.tsx';
import { ExpiringAccessPage } from './security/ExpiringAccessPage.tsx';
import { FixRequestPage } from './security/FixRequestPage.tsx';
import { ManageSecurityPage } from './security/ManageSecurityPage.tsx';
import { useMe, useSessionActs } from './session.ts';

/** Nobody is signed in: the password, or the first clinic. */
function SignedOut() {
  const setUp = useQuery({ queryKey: ['set-up'], queryFn: () => api<SetUpState>('/api/set-up') });
  if (setUp.data?.needed) return <SetUp onDone={() => void setUp.refetch()} />;
  return setUp.isPending ? <LoadingBlock /> : <SignIn clinics={setUp.data?.clinics ?? []} />;
}

function Root() {
  const t = useT();
  const me = useMe();
  const navigate = useNavigate();
  const acts = useSessionActs();
  const steps = useSignInSteps(me, {
    why: t('second-factor.enrol.why.administrator'),
    onLeave: () => void acts.signOut(),
  });
  if (steps) return <Frame app="emr">{steps}</Frame>;
  const signedOut = me.error instanceof ApiProblem && me.error.status === 401;
  if (signedOut || !me.data) {
    return (
      <Frame app="emr">
        {signedOut && <SignedOut />}
        {!signedOut && (
          <Page>
            {me.error ? <ErrorState problem={me.error} onRetry={() => void me.refetch()} /> : <LoadingBlock />}
          </Page>
        )}
      </Frame>
    );
  }
  const { displayName, kind, tenantId, tenantName, abilities } = me.data;
  return (
    <Frame
      app="emr"
      items={[
        { label: t('emr.nav.scheduler'), to: '/', exact: true },
        { label: t('chart-page.patients'), to: '/patients' },
        ...(abilities.manageSecurity
          ? [
              { label: t('scheduler.settings'), to: '/scheduler-settings' },
              { label: t('emr.nav.users'), items: [{ label: t('emr.security'), to: '/security' }] },
            ]
          : []),
      ]}
      person={{
        name: displayName,
        role: t(`emr.person.${kind}`, { clinic: tenantName }),
        pages: [{ label: t('second-factor.title'), Icon: IconShieldLock, to: '/second-factor' }],
      }}
      onSignOut={() => void navigate({ to: '/sign-out' })}
      diagnostics={{ tenant: tenantId }}
    >
      <Outlet />
    </Frame>
  );
}

const root = createRootRoute({ component: Root });
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const scheduler = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: (search: Record<string, unknown>) => ({
    office: text(search['office']),
    date: text(search['date']),
    booking: text(search['booking']),
    view: search['view'] === 'week' ? ('week' as const) : undefined,
    provider: text(search['provider']),
  }),
  component: function Scheduler() {
    const { office, date, booking, view, provider } = scheduler.useSearch();
    const navigate = scheduler.useNavigate();
    return (
      <SchedulerPage
        officeId={office}
        date={date}
        view={view ?? 'day'}
        providerId={provider}
        chosen={booking}
        onGo={(next) =>
          void navigate({
            search: {
              office: next.officeId,
              date: next.date,
              booking: undefined,
              view: next.view === 'week' ? 'week' : undefined,
              provider: next.view === 'week' ? next.providerId : undefined,
            },
          })
        }
      />
    );
  },
});

const security = createRoute({
  getParentRoute: () => root,
  path: '/security',
  validateSearch: (search: Record<string, unknown>) => ({ user: text(search['user']), cell: text(search['cell']) }),
  component: function Security() {
    const { user, cell } = security.useSearch();
    const navigate = security.useNavigate();
    return (
      <ManageSecurityPage
        userId={user}
        cell={cell}
        onPick={(picked) => void navigate({ search: { user: picked, cell: undefined } })}
      />
    );
  },
});

/** The request itself stands behind the #. */
const fixRequest = createRoute({ getParentRoute: () => root, path: '/security/fix', component: FixRequestPage });

const patients = createRoute({ getParentRoute: () => root, path: '/patients', component: PatientsPage });

const chart = createRoute({
  getParentRoute: () => root,
  path: '/patients/$patientId',
  validateSearch: (search: Record<string, unknown>) => ({
    tab: chartTabIds.find((one) => one === search['tab']) ?? ('summary' as const),
  }),
  component: function Chart() {
    const { patientId } = chart.useParams();
    const { tab } = chart.useSearch();
    const navigate = chart.useNavigate();
    return (
      <ChartPage
        key={patientId}
        patientId={patientId}
        tab={tab}
        onTab={(next) => void navigate({ search: { tab: next }, replace: true })}
      />
    );
  },
});
const auditLogs = createRoute({ getParentRoute: () => root, path: '/security/audit-logs', component: AuditLogsPage });
const activeUsers = createRoute({
  getParentRoute: () => root,
  path: '/security/active',
  component: ActiveUsersPage,
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/scheduler-settings',
  component: SchedulerSettingsPage,
});

const expiringAccess = createRoute({
  getParentRoute: () => root,
  path: '/security/expiring',
  component: ExpiringAccessPage,
});

const integrations = createRoute({
  getParentRoute: () => root,
  path: '/security/integrations',
  component: function Integrations() {
    const navigate = useNavigate();
    return (
      <IntegrationsPage onAdded={(user) => void navigate({ to: '/security', search: { user, cell: undefined } })} />
    );
  },
});

const approveAccess = createRoute({
  getParentRoute: () => root,
  path: '/third-party-access/$requestId',
  validateSearch: (search: Record<string, unknown>) => ({ problem: text(search['problem']) }),
  component: function ApproveAccess() {
    const { requestId } = approveAccess.useParams();
    const { problem } = approveAccess.useSearch();
    return problem === undefined ? (
      <ApproveAccessPage requestId={requestId} />
    ) : (
      <RefusedRequestPage problem={problem} />
    );
  },
});

const secondFactor = createRoute({
  getParentRoute: () => root,
  path: '/second-factor',
  component: function SecondFactor() {
    return <SecondFactorPage lost={useT()('second-factor.own.lost.administrator')} />;
  },
});

/** A page and not a click: so a page with unsaved changes is asked before anybody is signed out. */
const signOut = createRoute({
  getParentRoute: () => root,
  path: '/sign-out',
  component: function SignOut() {
    const acts = useSessionActs();
    // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is reached
    useEffect(() => void acts.signOut(), []);
    return <LoadingBlock />;
  },
});

const router = createRouter({
  routeTree: root.addChildren([
    scheduler,
    patients,
    chart,
    settings,
    security,
    fixRequest,
    auditLogs,
    activeUsers,
    expiringAccess,
    integrations,
    approveAccess,
    secondFactor,
    signOut,
  ]),
  ...routerDefaults,
});

mountApp('emr', <RouterProvider router={router} />);
