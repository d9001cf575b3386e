import type { DeploymentChange } from '../api.ts';
import { fail } from '../errors.ts';
import { parseReference } from './variant.ts';

/** @throws DEPLOYMENT_INVALID */
export function checkChange(name: string, change: DeploymentChange): void {
  const refuse = (reason: string): never => {
    throw fail.deploymentInvalid({ reason });
  };
  if (!/^[a-zA-Z0-9][\w.-]{0,99}$/u.test(name))
    refuse(`'${name}' is no name: use 1 to 100 letters, digits, '.', '_' and '-', beginning with a letter or digit.`);
  const primaries = change.variants.filter((v) => v.role === 'primary').length;
  if (primaries !== 1) refuse(`it needs exactly one variant with role primary, not ${primaries}.`);
  for (const { model } of change.variants)
    if (!parseReference(model)) refuse(`'${model}' is no model reference: use models:/NAME@ALIAS or models:/NAME/VERSION.`);
}
