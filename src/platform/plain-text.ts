// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones.
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

/**
 * Without control characters but tab, line feed and carriage return: FHIR's string has no other (https://hl7.org/fhir/R4/datatypes.html),
 * PostgreSQL's text no NUL, and no person means one.
 */
export const plainText = (text: string): string => text.replaceAll(controls, '');

export const isPlainText = (text: string): boolean => text.search(controls) < 0;
