// Which test files begin first. Where nothing is known of earlier runs the runner takes the longest files first, and the longest runs are in
// short ones: a proof is a line. One that begins last keeps a worker busy when the others have nothing left.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const slowest = [/\/test\/browser\//, /\/test\/(proofs|command-line|bench)\b/, /\/test\//];

const rank = ({ moduleId }: TestSpecification): number => {
  const at = slowest.findIndex((pattern) => pattern.test(moduleId));
  return at < 0 ? slowest.length : at;
};

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}
