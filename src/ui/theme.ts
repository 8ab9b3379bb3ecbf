import type {
  CSSVariablesResolver,
  MantineColorsTuple,
  MantineThemeOverride,
  VariantColorsResolver,
} from '@mantine/core';
import { createTheme, defaultVariantColorsResolver } from '@mantine/core';

export type App = 'emr' | 'connect' | 'portal';

// tint, …, mid, …, accent (6), accent-2 (7), deep (9). Mantine wants ten; what it draws comes from tokens.css by the
// variables below, so that light and dark are decided in one place.
const accents: Readonly<Record<App, MantineColorsTuple>> = {
  emr: ['#e3f4f7', '#c8e7ed', '#acdae4', '#7fc0cf', '#4fa3b6', '#24869c', '#006a80', '#005568', '#004654', '#003843'],
  connect: [
    '#eeeffc',
    '#dddef6',
    '#cdcdf1',
    '#aeadde',
    '#8f8bc8',
    '#726db0',
    '#554f98',
    '#433d7d',
    '#383467',
    '#2d2b50',
  ],
  portal: [
    '#f9ecf3',
    '#f1d8e6',
    '#eac5da',
    '#d3a0be',
    '#ba7ca2',
    '#9f5c87',
    '#853d6c',
    '#6d2d56',
    '#5a2747',
    '#462239',
  ],
};
const neutral: MantineColorsTuple = [
  '#f5f7f9',
  '#edf1f4',
  '#dde3e9',
  '#c3ccd5',
  '#a3afba',
  '#7d8a98',
  '#5f6b78',
  '#46525f',
  '#2a3540',
  '#16202b',
];
const dark: MantineColorsTuple = [
  '#e8edf2',
  '#b4bfca',
  '#93a0ad',
  '#74828f',
  '#3b4855',
  '#2a3540',
  '#202a34',
  '#182029',
  '#121920',
  '#0f151b',
];

const variantColorResolver: VariantColorsResolver = (input) => {
  const ours = input.color === undefined || input.color === input.theme.primaryColor;
  if (ours && input.variant === 'filled') {
    return {
      background: 'var(--accent)',
      hover: 'var(--accent-2)',
      color: 'var(--on-accent)',
      border: '1px solid transparent',
    };
  }
  if (ours && input.variant === 'subtle') {
    return {
      background: 'transparent',
      hover: 'var(--tint)',
      color: 'var(--accent-2)',
      border: '1px solid transparent',
    };
  }
  if (input.color === 'red' && input.variant !== 'filled') {
    return {
      background: 'var(--surface)',
      hover: 'var(--red-tint)',
      color: 'var(--red-text)',
      border: '1px solid var(--red-line)',
    };
  }
  if (input.color === 'red') {
    return {
      background: 'var(--red)',
      hover: 'var(--red-text)',
      color: 'var(--on-solid)',
      border: '1px solid transparent',
    };
  }
  if (input.variant === 'default') {
    return {
      background: 'var(--surface)',
      hover: 'var(--sunken)',
      color: 'var(--ink)',
      border: '1px solid var(--line-2)',
    };
  }
  return defaultVariantColorsResolver(input);
};

const control = { size: 'sm' } as const;

/** The Mantine theme of one app: the mockups' type, spacing and states, the app's accent. */
export const themeFor = (app: App): MantineThemeOverride =>
  createTheme({
    primaryColor: 'accent',
    primaryShade: { light: 6, dark: 4 },
    colors: { accent: accents[app], gray: neutral, dark },
    black: '#16202b',
    white: '#ffffff',
    fontFamily: 'var(--font)',
    fontFamilyMonospace: 'var(--mono)',
    fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
    lineHeights: { xs: '16px', sm: '20px', md: '20px', lg: '24px', xl: '28px' },
    spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
    radius: { xs: '3px', sm: '4px', md: '4px', lg: '8px', xl: '12px' },
    defaultRadius: 'sm',
    cursorType: 'pointer',
    respectReducedMotion: true,
    focusRing: 'auto',
    headings: {
      fontFamily: 'var(--font)',
      fontWeight: '600',
      sizes: {
        h1: { fontSize: '20px', lineHeight: '28px' },
        h2: { fontSize: '16px', lineHeight: '24px' },
        h3: { fontSize: '13px', lineHeight: '20px' },
        h4: { fontSize: '13px', lineHeight: '20px' },
        h5: { fontSize: '12px', lineHeight: '16px' },
        h6: { fontSize: '12px', lineHeight: '16px' },
      },
    },
    variantColorResolver,
    components: {
      Button: { defaultProps: { ...control, variant: 'default' } },
      ActionIcon: { defaultProps: { size: 32, variant: 'default' } },
      TextInput: { defaultProps: control },
      PasswordInput: { defaultProps: control },
      NumberInput: { defaultProps: control },
      Select: { defaultProps: { ...control, checkIconPosition: 'right' } },
      MultiSelect: { defaultProps: control },
      Autocomplete: { defaultProps: control },
      Textarea: { defaultProps: control },
      Checkbox: { defaultProps: { size: 'xs' } },
      Switch: { defaultProps: { size: 'xs' } },
      // Without Mantine's focus placeholder (axe refuses it inside a menu) the first entry takes the focus, and so must be focusable.
      Menu: {
        defaultProps: {
          withInitialFocusPlaceholder: false,
          menuItemTabIndex: 0,
          shadow: 'md',
          position: 'bottom-start',
          offset: 4,
          transitionProps: { duration: 0 },
        },
      },
      Modal: { defaultProps: { centered: true, radius: 'lg', transitionProps: { duration: 0 } } },
      Drawer: { defaultProps: { transitionProps: { duration: 0 } } },
      Tooltip: { defaultProps: { withArrow: true, events: { hover: true, focus: true, touch: false } } },
    },
  });

/** What Mantine's own variables are, said in our tokens. */
export const cssVariables: CSSVariablesResolver = () => {
  const both = {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-2)',
    '--mantine-color-placeholder': 'var(--ink-3)',
    '--mantine-color-bright': 'var(--ink)',
    '--mantine-color-anchor': 'var(--accent-2)',
    '--mantine-color-error': 'var(--red-text)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-hover': 'var(--sunken)',
    '--mantine-color-default-color': 'var(--ink)',
    '--mantine-color-default-border': 'var(--line-2)',
    '--mantine-color-disabled': 'var(--sunken)',
    '--mantine-color-disabled-color': 'var(--ink-3)',
    '--mantine-color-disabled-border': 'var(--line-2)',
    '--mantine-primary-color-filled': 'var(--accent)',
    '--mantine-primary-color-filled-hover': 'var(--accent-2)',
    '--mantine-primary-color-light': 'var(--tint)',
    '--mantine-primary-color-light-hover': 'var(--tint)',
    '--mantine-primary-color-light-color': 'var(--accent-2)',
    '--mantine-primary-color-contrast': 'var(--on-accent)',
    '--mantine-color-accent-filled': 'var(--accent)',
    '--mantine-color-accent-filled-hover': 'var(--accent-2)',
    '--mantine-color-accent-light': 'var(--tint)',
    '--mantine-color-accent-light-hover': 'var(--tint)',
    '--mantine-color-accent-light-color': 'var(--accent-2)',
    '--mantine-color-accent-outline': 'var(--accent)',
    '--mantine-color-accent-text': 'var(--accent-2)',
  } as const;
  return { variables: both, light: both, dark: both };
};
