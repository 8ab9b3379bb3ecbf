// Every resource that the EMRs of a test run answered with, judged when the run is over: one of each shape by both validators and by FHIR's
// rules of JSON. A finding fails the run.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { SeenInFile } from './watch-test-file.ts';

declare module 'vitest' {
  interface ProvidedContext {
    fhirSeenDirectory: string;
  }
}

export function setup(project: TestProject): () => Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-fhir-seen-'));
  project.provide('fhirSeenDirectory', directory);
  return async () => {
    try {
      await judge(directory);
    } catch (error) {
      // Vitest prints what a tear-down throws, and the run would still have succeeded.
      process.exitCode = 1;
      throw error;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
}

async function judge(directory: string): Promise<void> {
  const files = existsSync(directory) ? readdirSync(directory) : [];
  if (files.length === 0) return;
  const { createValidate } = await import('./validate-resource.ts');
  const validate = createValidate();
  const judged = new Set<string>();
  const types = new Set<string>();
  /** By what is wrong, whichever element of a list it is in: what answered so first, and how many shapes do. */
  const findings = new Map<string, { readonly by: string; shapes: number }>();
  let answers = 0;
  let resources = 0;
  for (const name of files) {
    const seen = JSON.parse(readFileSync(join(directory, name), 'utf8')) as SeenInFile;
    answers += seen.answers;
    resources += seen.resources;
    for (const [shape, resource, by] of seen.shapes) {
      if (judged.has(shape)) continue;
      judged.add(shape);
      types.add((resource as { resourceType: string }).resourceType);
      for (const finding of new Set(
        validate(resource).map(({ validator, text }) => `${validator}: ${text.replaceAll(/\[\d+\]/g, '[]')}`),
      )) {
        const found = findings.get(finding);
        if (found) found.shapes += 1;
        else findings.set(finding, { by: `${by} in ${relative(process.cwd(), seen.file)}`, shapes: 1 });
      }
    }
  }
  process.stdout.write(
    `FHIR: ${resources} resources of ${types.size} types in ${answers} answers, ${judged.size} shapes, ${findings.size} findings\n`,
  );
  if (findings.size > 0) {
    const told = [...findings].map(([finding, { by, shapes }]) => `${finding} (${shapes} shapes; ${by})`);
    throw new Error(`The EMR answered what is not valid FHIR:\n${told.join('\n')}`);
  }
}
