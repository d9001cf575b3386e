import { deploymentNameProblem } from '#contract/http/platform/deployments.ts';
import type { DeploymentChange } from '../api.ts';
import { fail } from '../errors.ts';
import { parseReference } from './variant.ts';

/** @throws DEPLOYMENT_INVALID */
export function checkChange(name: string, change: DeploymentChange): void {
  const refuse = (reason: string): never => {
    throw fail.deploymentInvalid({ reason });
  };
  const problem = deploymentNameProblem(name);
  if (problem !== undefined) refuse(problem);
  const primaries = change.variants.filter((v) => v.role === 'primary').length;
  if (primaries !== 1) refuse(`it needs exactly one variant with role primary, not ${primaries}.`);
  for (const { model } of change.variants)
    if (!parseReference(model)) refuse(`'${model}' is no model reference: use models:/NAME@ALIAS or models:/NAME/VERSION.`);
}
