import type { BenchClinic } from './clinic.ts';

/** An access token of the clinic's integration user, from the EMR that listens at `emrUrl`. */
export async function fhirToken(
  emrUrl: string,
  { clientId, clientSecret }: BenchClinic,
  scope: string,
): Promise<string> {
  const answer = await fetch(`${emrUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope,
    }),
  });
  const { access_token: token } = (await answer.json()) as { access_token?: string };
  if (!token) throw new Error(`There is no token: the EMR answered ${answer.status}.`);
  return token;
}
