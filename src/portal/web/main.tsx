import { IconListSearch, IconShieldLock, IconUsers } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import {
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
  useRouterState,
} from '@tanstack/react-router';
import { mountApp } from '../../ui/AppRoot.tsx';
import { ApiProblem, api } from '../../ui/api.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Frame } from '../../ui/Frame.tsx';
import type { KeyHelp } from '../../ui/HelpDialog.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { routerDefaults } from '../../ui/router-defaults.tsx';
import { SecondFactorPage } from '../../ui/second-factor/SecondFactorPage.tsx';
import { useSignInSteps } from '../../ui/second-factor/use-sign-in-steps.tsx';
import type { SetUpState } from '../contract/session.ts';
import './portal.css';
import { AuditPage } from './AuditPage.tsx';
import { DaySheetPage } from './DaySheetPage.tsx';
import { type DayFilter, readDayFilter, writeDayFilter } from './day-filter.ts';
import { InvitationPage } from './InvitationPage.tsx';
import { MessagesPage } from './MessagesPage.tsx';
import { type MessageFilter, readMessageFilter, useUnread, writeMessageFilter } from './message-queries.ts';
import { ForgottenPasswordPage, NewPasswordPage } from './PasswordPages.tsx';
import { PatientsPage } from './PatientsPage.tsx';
import { ReminderLogPage } from './ReminderLogPage.tsx';
import { ReminderRulePage } from './ReminderRulePage.tsx';
import { RemindersPage } from './RemindersPage.tsx';
import { SetUp } from './SetUp.tsx';
import { SignIn } from './SignIn.tsx';
import { useMe, useSessionActs } from './session.ts';
import { TasksPage } from './TasksPage.tsx';
import { ThreadPage } from './ThreadPage.tsx';
import { readTaskFilter, type TaskFilter, useOpenTasks, writeTaskFilter } from './task-queries.ts';
import { UsersPage } from './UsersPage.tsx';
import { readWhySearch, WhyPage } from './WhyPage.tsx';

function SignedOut() {
  const setUp = useQuery({ queryKey: ['set-up'], queryFn: () => api<SetUpState>('/api/set-up') });
  if (setUp.data?.needed) return <SetUp onDone={() => void setUp.refetch()} />;
  return setUp.isPending ? <LoadingBlock /> : <SignIn />;
}

const keys: readonly KeyHelp[] = [
  ['/', 'portal.keys.search'],
  ['J, K', 'portal.keys.move'],
  ['[, ]', 'portal.keys.day'],
  ['M', 'portal.keys.message'],
];

/** Pages for whoever holds a link, signed in or not. */
const openPaths = ['/invitation', '/forgotten-password', '/new-password'];

function Root() {
  const t = useT();
  const me = useMe();
  const isOpen = openPaths.includes(useRouterState({ select: (state) => state.location.pathname }));
  const waiting = useOpenTasks(me.data !== undefined);
  const unread = useUnread(me.data !== undefined);
  const acts = useSessionActs();
  const signedOut = me.error instanceof ApiProblem && me.error.status === 401;
  const steps = useSignInSteps(me, {
    why: t('second-factor.enrol.why.site-admin'),
    onLeave: () => void acts.signOut(),
  });
  if (isOpen) {
    return (
      <Frame app="portal">
        <Outlet />
      </Frame>
    );
  }
  if (steps) return <Frame app="portal">{steps}</Frame>;
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
        { label: t('messages.title'), to: '/messages', count: unread },
        { label: t('reminders.title'), to: '/reminders' },
        { label: t('staff-task.title'), to: '/tasks', count: waiting },
      ]}
      person={{
        name: displayName,
        role: t(`portal.person.${role}`, { site: siteName }),
        pages: [
          ...(role === 'site-admin'
            ? [
                { label: t('users.title'), Icon: IconUsers, to: '/users' },
                { label: t('users.audit.title'), Icon: IconListSearch, to: '/audit-log' },
              ]
            : []),
          { label: t('second-factor.title'), Icon: IconShieldLock, to: '/second-factor' },
        ],
      }}
      onSignOut={() => void acts.signOut()}
      diagnostics={{ site: siteId }}
      keys={keys}
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

const tasks = createRoute({
  getParentRoute: () => root,
  path: '/tasks',
  validateSearch: readTaskFilter,
  component: function Tasks() {
    const filter = tasks.useSearch();
    const navigate = tasks.useNavigate();
    const change = (one: Partial<TaskFilter>) => (before: TaskFilter) =>
      writeTaskFilter({ ...before, ...one }) as unknown as TaskFilter;
    return <TasksPage filter={filter} onChange={(one) => void navigate({ search: change(one), replace: true })} />;
  },
});

const why = createRoute({
  getParentRoute: () => root,
  path: '/why',
  validateSearch: readWhySearch,
  component: function Why() {
    const asked = why.useSearch();
    const navigate = why.useNavigate();
    return (
      <WhyPage key={JSON.stringify(asked)} asked={asked} onAsk={(next) => void navigate({ search: next as never })} />
    );
  },
});

const messages = createRoute({
  getParentRoute: () => root,
  path: '/messages',
  validateSearch: readMessageFilter,
  component: function Messages() {
    const filter = messages.useSearch();
    const navigate = messages.useNavigate();
    const change = (one: Partial<MessageFilter>) => (before: MessageFilter) =>
      writeMessageFilter({ ...before, ...one }) as unknown as MessageFilter;
    return <MessagesPage filter={filter} onChange={(one) => void navigate({ search: change(one), replace: true })} />;
  },
});
const thread = createRoute({
  getParentRoute: () => root,
  path: '/messages/$threadId',
  component: function OneThread() {
    return <ThreadPage threadId={thread.useParams().threadId} />;
  },
});

const users = createRoute({ getParentRoute: () => root, path: '/users', component: UsersPage });
const auditLog = createRoute({ getParentRoute: () => root, path: '/audit-log', component: AuditPage });
const invitation = createRoute({ getParentRoute: () => root, path: '/invitation', component: InvitationPage });
const secondFactor = createRoute({
  getParentRoute: () => root,
  path: '/second-factor',
  component: function SecondFactor() {
    return <SecondFactorPage lost={useT()('second-factor.own.lost.site-admin')} />;
  },
});
const forgotten = createRoute({
  getParentRoute: () => root,
  path: '/forgotten-password',
  component: ForgottenPasswordPage,
});
const newPassword = createRoute({ getParentRoute: () => root, path: '/new-password', component: NewPasswordPage });

const reminders = createRoute({ getParentRoute: () => root, path: '/reminders', component: RemindersPage });
const reminderLog = createRoute({ getParentRoute: () => root, path: '/reminders/log', component: ReminderLogPage });
const reminderRule = createRoute({
  getParentRoute: () => root,
  path: '/reminders/rules/$ruleId',
  component: function Rule() {
    return <ReminderRulePage ruleId={reminderRule.useParams().ruleId} />;
  },
});

/** The address after a change; what is at its default does not stand in it. */
const changed = (change: Partial<DayFilter>) => (before: DayFilter) =>
  writeDayFilter({ ...before, ...change }) as unknown as DayFilter;

const router = createRouter({
  routeTree: root.addChildren([
    patients,
    daySheet,
    messages,
    thread,
    tasks,
    why,
    reminders,
    reminderLog,
    reminderRule,
    users,
    auditLog,
    invitation,
    secondFactor,
    forgotten,
    newPassword,
  ]),
  ...routerDefaults,
});

mountApp('portal', <RouterProvider router={router} />);
