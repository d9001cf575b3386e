import { createTheme } from '@mantine/core';

/** The component library in our colours; surfaces and text come from theme.css. */
export const theme = createTheme({
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 5 },
  defaultRadius: 6,
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '18px' },
  focusRing: 'auto',
  respectReducedMotion: true,
  components: { Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } } },
  colors: {
    accent: ['#eaf0fe', '#d5e1fc', '#a9c0f7', '#82a8ff', '#5f8cf2', '#3a6fe6', '#2b5fd9', '#2350bb', '#1d4299', '#173679'],
    dark: ['#e6e8eb', '#b9bfc8', '#9aa2ad', '#6d7580', '#3a3f47', '#272a30', '#1c1f23', '#16181b', '#0f1012', '#0a0b0c'],
  },
});
