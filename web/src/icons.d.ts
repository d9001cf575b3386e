/** Icons are imported one by one, so that the bundle holds only those that are shown. */
declare module '@tabler/icons-react/dist/esm/icons/*.mjs' {
  import type { IconProps } from '@tabler/icons-react';
  import type { FunctionComponent } from 'react';

  const Icon: FunctionComponent<IconProps>;
  export default Icon;
}
