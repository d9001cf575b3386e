// Runs before the first paint, so that a chosen dark page never flashes white, and a narrow rail is narrow from the start.
(() => {
  const chosen = localStorage.getItem('mantine-color-scheme-value');
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.rail = localStorage.getItem('trainyard.rail') ?? 'wide';
  document.documentElement.dataset.mantineColorScheme = dark ? 'dark' : 'light';
})();
