import { Button } from '@mantine/core';
import {
  IconClock,
  IconMailForward,
  IconMailX,
  IconShieldCheck,
  IconShieldLock,
  IconShieldOff,
  IconUser,
  IconUserOff,
  IconUserPlus,
} from '@tabler/icons-react';
import { useState } from 'react';
import { Banner } from '../../ui/Banner.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { StatusChip } from '../../ui/StatusChip.tsx';
import type { Invitation, SiteUser, SiteUsers } from '../contract/users.ts';
import { InviteDialog } from './InviteDialog.tsx';
import './users.css';
import { type UserAct, useChangeUser, useInvite, useUsers, useWithdraw } from './user-queries.ts';

type Asking = UserAct & { readonly name: string };

/** What a change means, asked before it is made. */
function Confirm({ asking, onDone }: { asking: Asking; onDone: () => void }) {
  const t = useT();
  const change = useChangeUser();
  const { name, ...act } = asking;
  const which =
    act.act === 'role' ? (`role-${act.role}` as const) : act.act === 'second-factor/reset' ? 'reset' : act.act;
  return (
    <ConfirmDialog
      opened
      title={t(`users.ask.${which}`, { name })}
      confirmLabel={t(`users.act.${which}`)}
      danger={act.act === 'deactivate' || act.act === 'second-factor/reset'}
      busy={change.isPending}
      onConfirm={() => change.mutate(act, { onSuccess: onDone })}
      onCancel={onDone}
    >
      <div className="stack">
        {change.error && <ErrorState problem={change.error} />}
        <p>{t(`users.ask.${which}.means`, { name })}</p>
      </div>
    </ConfirmDialog>
  );
}

function UserRow({ user, onAsk }: { user: SiteUser; onAsk: (asking: Asking) => void }) {
  const t = useT();
  const { userId, displayName: name, role, active, own } = user;
  const other = role === 'member' ? 'site-admin' : 'member';
  const named = `user-${userId}`;
  return (
    <li aria-labelledby={named}>
      <div>
        <h3 id={named}>
          {name} {own && <span className="small muted">{t('users.you')}</span>}
        </h3>
        <p className="small muted">{user.email}</p>
      </div>
      <div className="user-state">
        {active ? (
          <StatusChip
            tone={role === 'site-admin' ? 'accent' : 'neutral'}
            icon={role === 'site-admin' ? IconShieldCheck : IconUser}
            label={t(`users.role.${role}`)}
          />
        ) : (
          <StatusChip tone="hatch" icon={IconUserOff} label={t('users.deactivated')} />
        )}
        {active && (user.secondFactor || role === 'site-admin') && (
          <StatusChip
            tone={user.secondFactor ? 'green' : 'amber'}
            icon={user.secondFactor ? IconShieldLock : IconShieldOff}
            label={t(user.secondFactor ? 'second-factor.has' : 'second-factor.has-not')}
          />
        )}
      </div>
      <p className="small muted">
        {user.lastSignInAt === null
          ? t('users.never-signed-in')
          : t('users.last-sign-in', { at: user.lastSignInAt.slice(0, 16) })}
      </p>
      <div className="user-acts">
        {active && (
          <Button
            size="compact-sm"
            aria-describedby={named}
            onClick={() => onAsk({ userId, name, act: 'role', role: other })}
          >
            {t(`users.act.role-${other}`)}
          </Button>
        )}
        {active && user.secondFactor && !own && (
          <Button
            size="compact-sm"
            aria-describedby={named}
            onClick={() => onAsk({ userId, name, act: 'second-factor/reset' })}
          >
            {t('users.act.reset')}
          </Button>
        )}
        <Button
          size="compact-sm"
          aria-describedby={named}
          {...(active && { color: 'red' })}
          onClick={() => onAsk({ userId, name, act: active ? 'deactivate' : 'reactivate' })}
        >
          {t(active ? 'users.act.deactivate' : 'users.act.reactivate')}
        </Button>
      </div>
    </li>
  );
}

const mailSigns = {
  waiting: { tone: 'neutral', icon: IconClock },
  sent: { tone: 'blue', icon: IconMailForward },
  failed: { tone: 'red', icon: IconMailX },
} as const;

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const t = useT();
  const language = useLanguage();
  const withdraw = useWithdraw();
  const again = useInvite();
  const { invitationId, email, role, expired, mail } = invitation;
  const named = `invitation-${invitationId}`;
  const problem = withdraw.error ?? again.error;
  return (
    <li aria-labelledby={named}>
      <div>
        <h3 id={named}>{email}</h3>
        <p className="small muted">
          {t('users.invited', {
            role: t(`users.role.${role}`),
            by: invitation.invitedBy ?? t('users.somebody'),
            at: invitation.invitedAt.slice(0, 16),
          })}
        </p>
      </div>
      <div className="user-state">
        {expired ? (
          <StatusChip tone="amber" icon={IconClock} label={t('users.expired')} />
        ) : (
          <StatusChip {...mailSigns[mail]} label={t(`users.mail-state.${mail}`)} />
        )}
      </div>
      <p className="small muted">{!expired && t('users.until', { at: invitation.expiresAt.slice(0, 16) })}</p>
      <div className="user-acts">
        <Button
          size="compact-sm"
          aria-describedby={named}
          loading={again.isPending}
          onClick={() => again.mutate({ email, role, language })}
        >
          {t('users.act.again')}
        </Button>
        <Button
          size="compact-sm"
          aria-describedby={named}
          loading={withdraw.isPending}
          onClick={() => withdraw.mutate(invitationId)}
        >
          {t('users.act.withdraw')}
        </Button>
      </div>
      {problem && <ErrorState problem={problem} />}
    </li>
  );
}

function Lists({ data: { users, invitations, zone } }: { data: SiteUsers }) {
  const t = useT();
  const [asking, setAsking] = useState<Asking | undefined>();
  return (
    <div className="stack g3">
      {invitations.length > 0 && (
        <section className="card" aria-labelledby="invitations">
          <header>
            <h2 id="invitations">{t('users.invitations')}</h2>
          </header>
          <ul className="user-list">
            {invitations.map((one) => (
              <InvitationRow key={one.invitationId} invitation={one} />
            ))}
          </ul>
        </section>
      )}
      <section className="card" aria-labelledby="members">
        <header>
          <h2 id="members">{t('users.members')}</h2>
        </header>
        <ul className="user-list">
          {users.map((user) => (
            <UserRow key={user.userId} user={user} onAsk={setAsking} />
          ))}
        </ul>
      </section>
      <p className="small muted">{t('users.zone', { zone })}</p>
      {asking && <Confirm asking={asking} onDone={() => setAsking(undefined)} />}
    </div>
  );
}

/** *Users*: who works at the site, and who is invited to. For its Site Admins. */
export function UsersPage() {
  const t = useT();
  const users = useUsers();
  const [inviting, setInviting] = useState(false);
  const [invited, setInvited] = useState<string | undefined>();
  return (
    <Page
      title={t('users.title')}
      actions={
        users.data && (
          <Button
            variant="filled"
            leftSection={<IconUserPlus size={16} stroke={1.75} aria-hidden />}
            onClick={() => setInviting(true)}
          >
            {t('users.invite')}
          </Button>
        )
      }
    >
      {invited !== undefined && (
        <Banner tone="blue" announce="status">
          {t('users.invite.done', { email: invited })}
        </Banner>
      )}
      {users.error && !users.data && <ErrorState problem={users.error} onRetry={() => void users.refetch()} />}
      {users.isPending && <LoadingBlock />}
      {users.data && <Lists data={users.data} />}
      {inviting && (
        <InviteDialog
          onClose={() => setInviting(false)}
          onInvited={(email) => {
            setInvited(email);
            setInviting(false);
          }}
        />
      )}
    </Page>
  );
}
