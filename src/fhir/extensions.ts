// Extensions of ours that a client may send.

/** On an Appointment that is written, valueBoolean: takes a time that is taken. An instruction; it is not kept. */
export const doubleBookingUrl = 'https://tidegate.dev/fhir/StructureDefinition/double-booking';

/** On a Subscription that is written, valueString `whsec_…`: what its notifications are signed with. It is not read again. */
export const subscriptionSecretUrl = 'https://tidegate.dev/fhir/StructureDefinition/subscription-secret';

/** On Subscription.channel.payload, of the Subscriptions R5 Backport guide: how much a notification says. */
export const payloadContentUrl =
  'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content';

/**
 * On a Subscription to `$permission-coverage`, valueUrl: where the client may be asked what a change of its user's permissions would start
 * and stop at its own side (src/fhir/impact.ts). Judged like the endpoint, signed like a notification.
 */
export const impactAddressUrl = 'https://tidegate.dev/fhir/StructureDefinition/impact-address';

/** On what has no element for it, valueReference to a PractitionerRole: for which provider, in which office, it is. */
export const providerScheduleUrl = 'https://tidegate.dev/fhir/StructureDefinition/provider-schedule';
