// Every part of src/ui in its states, for the accessibility test and for looking at. Never shipped; its words are test data.
import { Button, Select } from '@mantine/core';
import { IconCalendarRepeat, IconRefresh, IconSettings } from '@tabler/icons-react';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  Outlet,
  RouterProvider,
} from '@tanstack/react-router';
import { useState } from 'react';
import { mountApp } from '../../../src/ui/AppRoot.tsx';
import { ApiProblem } from '../../../src/ui/api.ts';
import { Banner, type BannerTone } from '../../../src/ui/Banner.tsx';
import { ConfirmDialog } from '../../../src/ui/ConfirmDialog.tsx';
import { DataTable } from '../../../src/ui/DataTable.tsx';
import { DateField } from '../../../src/ui/DateField.tsx';
import { EmptyState } from '../../../src/ui/EmptyState.tsx';
import { ErrorState } from '../../../src/ui/ErrorState.tsx';
import { Frame } from '../../../src/ui/Frame.tsx';
import { LoadingBlock } from '../../../src/ui/LoadingBlock.tsx';
import { Page } from '../../../src/ui/Page.tsx';
import { CellLegend, type CellState, cellStates, PermissionCell } from '../../../src/ui/PermissionCell.tsx';
import { routerDefaults } from '../../../src/ui/router-defaults.tsx';
import { SidePanel } from '../../../src/ui/SidePanel.tsx';
import { SignInForm } from '../../../src/ui/SignInForm.tsx';
import { SplitButton } from '../../../src/ui/SplitButton.tsx';
import { StatusBar } from '../../../src/ui/StatusBar.tsx';
import { type ChipTone, StatusChip } from '../../../src/ui/StatusChip.tsx';
import { TriStateToggle } from '../../../src/ui/TriStateToggle.tsx';
import type { App } from '../../../src/ui/theme.ts';

const query = new URLSearchParams(location.search);
const app = (query.get('app') ?? 'emr') as App;
document.documentElement.dataset.app = app;

const items = [
  { label: 'Scheduler', to: '/' },
  { label: 'Tasks', to: '/tasks', count: 4 },
  { label: 'Users', items: [{ label: 'Manage Security', to: '/security' }] },
];

const refused = new ApiProblem({
  status: 401,
  title: 'The user name or the password is not right. Nothing says which.',
});
const throttled = new ApiProblem({ status: 429, title: 'Too many tries.', retryAfterSeconds: 42 });
const fault = new ApiProblem({ status: 500, title: 'Something went wrong on our side.', errorId: 'E-12ab34cd' });

const Matrix = () => (
  <div className="card">
    <DataTable label="Provider Permissions of OceanAPI1042">
      <thead>
        <tr>
          <th scope="col">Provider schedule</th>
          <th scope="col">
            <span className="row">
              Patient <TriStateToggle state="some" name="Patient, every schedule" onToggle={() => {}} />
            </span>
          </th>
          <th scope="col">
            <span className="row">
              Labs <TriStateToggle state="none" name="Labs, every schedule" onToggle={() => {}} />
            </span>
          </th>
        </tr>
      </thead>
      <tbody>
        <tr className="group">
          <th scope="row">
            <span className="row">
              <TriStateToggle state="all" name="All of Lantern Hill" onToggle={() => {}} /> Lantern Hill
            </span>
          </th>
          <td />
          <td />
        </tr>
        {cellStates.map((state: CellState) => (
          <tr key={state}>
            <th scope="row">Dr. Fern Wobbleton</th>
            <td>
              <PermissionCell state={state} name="Patient, Dr. Fern Wobbleton, Lantern Hill" onToggle={() => {}} />
            </td>
            <td>
              <PermissionCell state="held" name="Labs, Dr. Fern Wobbleton, Lantern Hill" disabled />
            </td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  </div>
);

function Parts() {
  const [date, setDate] = useState('2026-11-24');
  const [asking, setAsking] = useState(false);
  return (
    <Page title="Parts" actions={<Button onClick={() => setAsking(true)}>Discard…</Button>}>
      <div className="row wrap">
        {(['neutral', 'accent', 'blue', 'green', 'amber', 'red', 'hatch'] satisfies ChipTone[]).map((tone) => (
          <StatusChip key={tone} tone={tone} label={tone} />
        ))}
      </div>
      <section className="card">
        <header>
          <h2 className="grow">Sync Status</h2>
          <span className="small muted">Next run 10:06</span>
        </header>
        <StatusBar tone="blue" detail="Last run 09:36:12 · complete, no gaps" />
        <StatusBar
          tone="green"
          words="Running: Sync Full Schedule"
          detail="14 of 24 schedules · about 3 s left"
          progress={0.58}
        />
        <StatusBar tone="amber" detail="Last run 09:36:12 · took 4.1 s" />
        <StatusBar tone="red" words="Failed: the EMR did not accept our sign-in" detail="Run of 09:36:12" />
        <div className="pad row wrap">
          <SplitButton
            label="Sync Recent Appointments"
            icon={<IconRefresh size={16} stroke={1.75} aria-hidden />}
            onClick={() => {}}
            moreLabel="More ways to sync"
            actions={[
              {
                label: 'Sync Full Schedule',
                description: 'Reads every selected schedule in the window again. Needed after permissions change.',
                icon: <IconCalendarRepeat size={20} stroke={1.75} aria-hidden />,
                onClick: () => setAsking(true),
              },
            ]}
          />
          <Button leftSection={<IconSettings size={16} stroke={1.75} aria-hidden />}>Edit Settings</Button>
          <Button variant="subtle">Quiet</Button>
          <Button color="red">Take away</Button>
          <Button disabled>One run at a time</Button>
        </div>
      </section>
      {(['accent', 'blue', 'green', 'amber', 'red'] satisfies BannerTone[]).map((tone) => (
        <Banner key={tone} tone={tone} actions={<Button>Look</Button>}>
          <strong>This is the integration user.</strong> A missing tick gives no error. <Link to="/">Why</Link>
        </Banner>
      ))}
      <Matrix />
      <CellLegend />
      <div className="row wrap top">
        <DateField label="Day Sheet date" value={date} onChange={setDate} steps />
        <DateField label="Access Until" value="" onChange={() => {}} error="The date lies in the past" />
        <Select label="Users" data={['OceanAPI1042', 'Ada Placeholder']} defaultValue="OceanAPI1042" searchable />
      </div>
      <EmptyState
        reason="No bookings can be shown. This does not mean that the day is free."
        since="10 Nov, 08:14"
        who="an EMR administrator"
        withheld
        action={<Link to="/">Why is this missing?</Link>}
      />
      <ErrorState problem={fault} onRetry={() => {}} />
      <LoadingBlock words="412 of 3,396 bookings read" />
      <ConfirmDialog
        opened={asking}
        title="Leave without saving?"
        confirmLabel="Discard 4 changes"
        cancelLabel="Stay"
        danger
        onConfirm={() => setAsking(false)}
        onCancel={() => setAsking(false)}
      >
        <p>Four pending changes have not been saved.</p>
      </ConfirmDialog>
    </Page>
  );
}

function Panel() {
  const [open, setOpen] = useState(true);
  return (
    <div className="with-panel">
      <Page title="Patients">
        <Button onClick={() => setOpen(true)}>Open the panel</Button>
        <div className="card">
          <EmptyState reason="Nobody is booked." />
        </div>
      </Page>
      {open && (
        <SidePanel title="4 pending changes" onClose={() => setOpen(false)} actions={<Button>Discard</Button>}>
          <p>Nothing has changed yet.</p>
        </SidePanel>
      )}
    </div>
  );
}

const Signing = () => (
  <SignInForm
    title="Sign in to Cloud Connect"
    intro="For Site Admins of a site."
    userLabel="E-mail address"
    userType="email"
    onSubmit={() => {}}
    problem={{ throttled, refused }[query.get('problem') ?? '']}
  >
    <p className="s13 muted">No account? Ask a Site Admin.</p>
  </SignInForm>
);

const Crashing = () => {
  throw new Error('planted');
};

const person = { name: 'Ada Placeholder', role: 'EMR administrator, Saltmarsh Family Clinic' };
const Root = () => (
  <Frame app={app} {...(query.get('page') !== 'sign-in' && { items, person, onSignOut: () => {} })}>
    <Outlet />
  </Frame>
);

const root = createRootRoute({ component: Root });
const pages = { parts: Parts, panel: Panel, 'sign-in': Signing, crash: Crashing };
const page = (query.get('page') ?? 'parts') as keyof typeof pages;
const router = createRouter({
  routeTree: root.addChildren([createRoute({ getParentRoute: () => root, path: '/', component: pages[page] })]),
  history: createMemoryHistory({ initialEntries: [query.get('at') ?? '/'] }),
  ...routerDefaults,
});

mountApp(app, <RouterProvider router={router} />);
