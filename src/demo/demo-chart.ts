// Charts for some of the demo's patients, as FHIR resources: letters as small PDFs and texts, notes, laboratory results, bills. Invented
// like everything there, and the same bytes for the same seed and day.
import { addDays } from '../platform/zones.ts';

export interface ChartOf {
  readonly patientId: string;
  readonly roleId: string;
}

interface Surroundings {
  readonly random: () => number;
  readonly day: string;
}

/** One page of text as PDF 1.4. Characters beyond ASCII are taken out: the standard fonts have no other safe encoding. */
export function pageAsPdf(lines: readonly string[]): Buffer {
  const plain = (line: string) =>
    line
      .normalize('NFD')
      .replaceAll(/[^\x20-\x7e]/g, '')
      .replaceAll(/[\\()]/g, '\\$&');
  const content = `BT /F1 12 Tf 72 740 Td 16 TL\n${lines.map((line) => `(${plain(line)}) Tj T*`).join('\n')}\nET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, n) => {
    const at = text.length;
    text += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const entries = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const start = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

const letters = [
  {
    folder: 'Consultations',
    title: 'Consultation letter',
    text: 'Thank you for referring this patient. All is invented.',
  },
  { folder: 'Imaging', title: 'Chest X-ray report', text: 'No finding, because there was no X-ray.' },
  { folder: 'Correspondance', title: 'Lettre de suivi', text: 'Le suivi est prévu dans six mois.' },
] as const;

const tests = [
  { name: 'Haemoglobin', loinc: '718-7', unit: 'g/L', low: 120, high: 160, from: 105, to: 165 },
  { name: 'Glucose, fasting', loinc: '14771-0', unit: 'mmol/L', low: 3.6, high: 6, from: 3.8, to: 8.5 },
  { name: 'Creatinine', loinc: '14682-9', unit: 'umol/L', low: 50, high: 110, from: 45, to: 130 },
  { name: 'TSH', loinc: '3016-3', unit: 'mU/L', low: 0.3, high: 4, from: 0.2, to: 6 },
] as const;

const bills = [
  { text: 'Medical form', cents: 4500 },
  { text: 'Travel vaccine', cents: 8250 },
  { text: 'Missed appointment', cents: 4000 },
  { text: 'Note for the employer', cents: 2500 },
] as const;

const extension = (name: string) => `https://tidegate.dev/fhir/StructureDefinition/${name}`;

/** By type; every third patient has a letter as text, the others as PDF. */
export function demoCharts(
  charts: readonly ChartOf[],
  { random, day }: Surroundings,
): Readonly<Record<string, object[]>> {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const dayBefore = () => addDays(day, -1 - Math.floor(random() * 300));
  const made: Record<string, object[]> = {
    DocumentReference: [],
    Encounter: [],
    DiagnosticReport: [],
    Observation: [],
    Account: [],
    ChargeItem: [],
    Coverage: [],
  };
  for (const [index, { patientId, roleId }] of charts.entries()) {
    const n = index + 1;
    const subject = { reference: `Patient/${patientId}` };
    const role = { reference: `PractitionerRole/${roleId}` };
    const letter = pick(letters);
    const written = dayBefore();
    const isText = n % 3 === 0;
    const content = isText
      ? Buffer.from(`${letter.title}\n\n${letter.text}\n`)
      : pageAsPdf([letter.title, written, '', letter.text]);
    made['DocumentReference']!.push({
      resourceType: 'DocumentReference',
      id: `document-${n}`,
      status: 'current',
      category: [{ text: letter.folder }],
      subject,
      date: `${written}T17:00:00Z`,
      author: [role],
      description: letter.title,
      content: [
        { attachment: { contentType: isText ? 'text/plain' : 'application/pdf', data: content.toString('base64') } },
      ],
    });
    const seen = dayBefore();
    made['Encounter']!.push({
      resourceType: 'Encounter',
      id: `note-${n}`,
      extension: [
        { url: extension('encounter-note'), valueString: 'Seen for an invented reason. Feels well. No change.' },
      ],
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      type: [{ text: pick(['Recheck', 'Physical', 'Suivi']) }],
      subject,
      participant: [{ individual: role }],
      period: { start: `${seen}T18:00:00Z` },
    });
    const taken = `${dayBefore()}T15:30:00Z`;
    const values = tests.filter(() => random() < 0.7);
    const report = values.length === 0 ? [tests[0]] : values;
    made['DiagnosticReport']!.push({
      resourceType: 'DiagnosticReport',
      id: `report-${n}`,
      status: 'final',
      code: { text: 'Blood work' },
      subject,
      effectiveDateTime: taken,
      issued: taken,
      performer: [role],
      result: report.map((_, place) => ({ reference: `Observation/value-${n}-${place + 1}` })),
    });
    for (const [place, { name, loinc, unit, low, high, from, to }] of report.entries()) {
      const value = Math.round((from + random() * (to - from)) * 10) / 10;
      made['Observation']!.push({
        resourceType: 'Observation',
        id: `value-${n}-${place + 1}`,
        status: 'final',
        code: { coding: [{ system: 'http://loinc.org', code: loinc }], text: name },
        subject,
        effectiveDateTime: taken,
        valueQuantity: { value, unit },
        referenceRange: [{ low: { value: low, unit }, high: { value: high, unit } }],
        interpretation: [{ coding: [{ code: value < low ? 'L' : value > high ? 'H' : 'N' }] }],
      });
    }
    const ofSchedule = [{ url: extension('provider-schedule'), valueReference: role }];
    made['Coverage']!.push({
      resourceType: 'Coverage',
      id: `coverage-${n}`,
      extension: ofSchedule,
      status: 'active',
      type: { text: 'Provincial health plan' },
      subscriberId: `9000 ${String(n).padStart(3, '0')} 000`,
      beneficiary: subject,
      payor: [{ display: 'Province of Makebelieve' }],
    });
    // Most owe nothing.
    if (n % 2 === 0) continue;
    made['Account']!.push({
      resourceType: 'Account',
      id: `account-${n}`,
      extension: ofSchedule,
      status: 'active',
      subject: [subject],
    });
    const { text, cents } = pick(bills);
    const paid = random() < 0.4 ? cents : 0;
    made['ChargeItem']!.push({
      resourceType: 'ChargeItem',
      id: `charge-${n}`,
      extension: [{ url: extension('amount-paid'), valueMoney: { value: paid / 100, currency: 'CAD' } }],
      status: 'billed',
      code: { text },
      subject,
      occurrenceDateTime: dayBefore(),
      quantity: { value: 1 },
      priceOverride: { value: cents / 100, currency: 'CAD' },
      account: [{ reference: `Account/account-${n}` }],
    });
  }
  return made;
}
