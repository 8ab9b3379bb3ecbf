// Extensions of ours that a client may send.

/** On an Appointment that is written, valueBoolean: takes a time that is taken. An instruction; it is not kept. */
export const doubleBookingUrl = 'https://tidegate.dev/fhir/StructureDefinition/double-booking';
