import { IconShieldLock } from '@tabler/icons-react';
import { createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { mountApp } from '../../ui/AppRoot.tsx';
import { ApiProblem } from '../../ui/api.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Frame } from '../../ui/Frame.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { routerDefaults } from '../../ui/router-defaults.tsx';
import { SecondFactorPage } from '../../ui/second-factor/SecondFactorPage.tsx';
import { useSignInSteps } from '../../ui/second-factor/use-sign-in-steps.tsx';
import './connect.css';
import { features } from '../contract/features.ts';
import { CertificatePage } from './CertificatePage.tsx';
import { DoctorPage } from './DoctorPage.tsx';
import { type DoctorSearch, useDoctor } from './doctor-queries.ts';
import { FixRequestPage } from './FixRequestPage.tsx';
import { HomePage } from './HomePage.tsx';
import { SettingsPage } from './SettingsPage.tsx';
import { SignIn } from './SignIn.tsx';
import { useMe, useSessionActs } from './session.ts';
import { WriteBacksPage } from './WriteBacksPage.tsx';
import { useWriteBacks } from './write-back-queries.ts';

function Root() {
  const t = useT();
  const me = useMe();
  const acts = useSessionActs();
  const writeBacks = useWriteBacks(me.data !== undefined);
  const doctor = useDoctor(me.data !== undefined);
  const steps = useSignInSteps(me, {
    why: t('second-factor.enrol.why.site-admin'),
    onLeave: () => void acts.signOut(),
  });
  const signedOut = me.error instanceof ApiProblem && me.error.status === 401;
  if (steps) return <Frame app="connect">{steps}</Frame>;
  if (signedOut) {
    return (
      <Frame app="connect">
        <SignIn />
      </Frame>
    );
  }
  if (!me.data) {
    return (
      <Frame app="connect">
        <Page>{me.error ? <ErrorState problem={me.error} onRetry={() => void me.refetch()} /> : <LoadingBlock />}</Page>
      </Frame>
    );
  }
  const { displayName, siteName, siteId } = me.data;
  const { parked = 0, retrying = 0, tasks = 0 } = writeBacks.data?.counts ?? {};
  return (
    <Frame
      app="connect"
      items={[
        { label: t('connect.nav.home'), to: '/' },
        { label: t('doctor.title'), to: '/doctor', count: doctor.data?.gaps.length ?? 0 },
        // Not what is being sent at this moment: only what somebody may have to do something about.
        { label: t('write-back.connect'), to: '/write-backs', count: parked + retrying + tasks },
        { label: t('connect.settings'), to: '/settings' },
      ]}
      person={{
        name: displayName,
        role: t('connect.person.role', { site: siteName }),
        pages: [{ label: t('second-factor.title'), Icon: IconShieldLock, to: '/second-factor' }],
      }}
      onSignOut={() => void acts.signOut()}
      diagnostics={{ site: siteId }}
    >
      <Outlet />
    </Frame>
  );
}

const root = createRootRoute({ component: Root });
const home = createRoute({ getParentRoute: () => root, path: '/', component: HomePage });
const settings = createRoute({ getParentRoute: () => root, path: '/settings', component: SettingsPage });
const writeBacks = createRoute({ getParentRoute: () => root, path: '/write-backs', component: WriteBacksPage });

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const doctor = createRoute({
  getParentRoute: () => root,
  path: '/doctor',
  component: DoctorPage,
  validateSearch: (search: Record<string, unknown>): DoctorSearch => ({
    office: text(search['office']),
    provider: text(search['provider']),
    feature: features.find((one) => one === search['feature']),
  }),
});

const certificate = createRoute({
  getParentRoute: () => root,
  path: '/certificates/$certificateId',
  component: CertificatePage,
});

const secondFactor = createRoute({
  getParentRoute: () => root,
  path: '/second-factor',
  component: function SecondFactor() {
    return <SecondFactorPage lost={useT()('second-factor.own.lost.site-admin')} />;
  },
});

const fixRequest = createRoute({
  getParentRoute: () => root,
  path: '/fix-requests/$fixRequestId',
  component: FixRequestPage,
});

const router = createRouter({
  routeTree: root.addChildren([home, doctor, certificate, settings, writeBacks, fixRequest, secondFactor]),
  ...routerDefaults,
});

mountApp('connect', <RouterProvider router={router} />);
