import { Button, Modal, SegmentedControl, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { languages } from '../../language/messages.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { fieldsIn } from '../../ui/fields-in.ts';
import { useLanguage, useT } from '../../ui/language.tsx';
import { type SiteRole, siteRoles } from '../contract/session.ts';
import { useInvite } from './user-queries.ts';

export function InviteDialog({ onClose, onInvited }: { onClose: () => void; onInvited: (email: string) => void }) {
  const t = useT();
  const own = useLanguage();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<SiteRole>('member');
  const [language, setLanguage] = useState(own);
  const invite = useInvite();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate({ email, role, language }, { onSuccess: () => onInvited(email.trim()) });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('users.invite.title')}
      closeButtonProps={{ 'aria-label': t('frame.close') }}
    >
      <form className="stack g3" onSubmit={submit}>
        <p className="s13 muted">{t('users.invite.what')}</p>
        {invite.error && <ErrorState problem={invite.error} />}
        <TextInput
          label={t('portal.sign-in.email')}
          type="email"
          name="email"
          autoComplete="off"
          required
          withAsterisk={false}
          data-autofocus
          aria-invalid={fieldsIn(invite.error).has('email')}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <div className="stack g1">
          <span className="s13" id="invite-role">
            {t('users.role')}
          </span>
          <SegmentedControl
            aria-labelledby="invite-role"
            value={role}
            onChange={(value) => setRole(value as SiteRole)}
            data={siteRoles.map((one) => ({ value: one, label: t(`users.role.${one}`) }))}
          />
          <p className="s13 muted">{t(`users.role.${role}.means`)}</p>
        </div>
        <div className="stack g1">
          <span className="s13" id="invite-language">
            {t('users.invite.language')}
          </span>
          <SegmentedControl
            aria-labelledby="invite-language"
            value={language}
            onChange={(value) => setLanguage(value as typeof own)}
            data={languages.map((one) => ({ value: one, label: t(`users.language.${one}`) }))}
          />
        </div>
        <div className="row wrap">
          <Button type="submit" variant="filled" loading={invite.isPending}>
            {t('users.invite.act')}
          </Button>
          <Button onClick={onClose}>{t('frame.cancel')}</Button>
        </div>
      </form>
    </Modal>
  );
}
