import { createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { mountApp } from '../../ui/AppRoot.tsx';
import { ApiProblem } from '../../ui/api.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Frame } from '../../ui/Frame.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { routerDefaults } from '../../ui/router-defaults.tsx';
import './connect.css';
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
  const signedOut = me.error instanceof ApiProblem && me.error.status === 401;
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
        // Not what is being sent at this moment: only what somebody may have to do something about.
        { label: t('write-back.connect'), to: '/write-backs', count: parked + retrying + tasks },
        { label: t('connect.settings'), to: '/settings' },
      ]}
      person={{ name: displayName, role: t('connect.person.role', { site: siteName }) }}
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

const router = createRouter({ routeTree: root.addChildren([home, settings, writeBacks]), ...routerDefaults });

mountApp('connect', <RouterProvider router={router} />);
