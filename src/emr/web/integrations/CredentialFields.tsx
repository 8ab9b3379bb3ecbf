import { Radio, Textarea, TextInput } from '@mantine/core';
import { useT } from '../../../ui/language.tsx';
import type { AddIntegrationRequest, Proof } from '../../contract/integrations.ts';

/** What is typed, before anybody has looked whether it is a set of keys. */
export interface TypedCredential {
  readonly proof: Proof;
  readonly jwks: string;
  readonly jwksUri: string;
}

export const noCredential: TypedCredential = { proof: 'secret', jwks: '', jwksUri: '' };

function keysIn(text: string): { keys: unknown[] } | undefined {
  try {
    const read: unknown = JSON.parse(text);
    const keys = typeof read === 'object' && read !== null && 'keys' in read ? read.keys : undefined;
    return Array.isArray(keys) ? { keys } : undefined;
  } catch {
    return undefined;
  }
}

/** As it is sent; undefined while something is missing. */
export function credentialOf({
  proof,
  jwks,
  jwksUri,
}: TypedCredential): NonNullable<AddIntegrationRequest['credential']> | undefined {
  if (proof === 'secret') return { proof };
  if (proof === 'address') return jwksUri.trim() === '' ? undefined : { proof, jwksUri: jwksUri.trim() };
  const keys = keysIn(jwks);
  return keys && { proof, jwks: keys };
}

/** The kind of credential, and what that kind needs. */
export function CredentialFields({
  label,
  value,
  onChange,
}: {
  label: string;
  value: TypedCredential;
  onChange: (value: TypedCredential) => void;
}) {
  const t = useT();
  const { proof, jwks, jwksUri } = value;
  return (
    <div className="stack g3">
      <Radio.Group label={label} value={proof} onChange={(next) => onChange({ ...value, proof: next as Proof })}>
        <div className="stack choices">
          <Radio
            value="secret"
            label={t('integrations.proof.secret')}
            description={t('integrations.guide.secret-what')}
          />
          <Radio value="keys" label={t('integrations.proof.keys')} description={t('integrations.guide.keys-what')} />
          <Radio
            value="address"
            label={t('integrations.proof.address')}
            description={t('integrations.guide.address-what')}
          />
        </div>
      </Radio.Group>
      {proof === 'keys' && (
        <Textarea
          label={t('integrations.jwks')}
          description={t('integrations.jwks-what')}
          error={jwks.trim() !== '' && !keysIn(jwks) ? t('integrations.jwks-bad') : undefined}
          autosize
          minRows={4}
          maxRows={10}
          spellCheck={false}
          value={jwks}
          onChange={(event) => onChange({ ...value, jwks: event.currentTarget.value })}
        />
      )}
      {proof === 'address' && (
        <TextInput
          label={t('integrations.jwks-uri')}
          description={t('integrations.jwks-uri-what')}
          inputMode="url"
          spellCheck={false}
          value={jwksUri}
          onChange={(event) => onChange({ ...value, jwksUri: event.currentTarget.value })}
        />
      )}
    </div>
  );
}
