// Light or dark: as the system says, or as the reader chose.

const THEMES = ["auto", "light", "dark"];
const THEME_KEY = "mmdigits-report-theme";

function makeTheme() {
  const control = byId("theme");
  let theme = storedTheme();
  const apply = () => {
    document.documentElement.dataset.theme = theme;
    control.textContent = `Theme: ${theme}`;
  };
  control.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    storeTheme(theme);
    apply();
  });
  apply();
}

// Browsers may forbid storage to pages that are opened as files.
function storedTheme() {
  try {
    const stored = localStorage.getItem(THEME_KEY);
    return THEMES.includes(stored) ? stored : "auto";
  } catch {
    return "auto";
  }
}

function storeTheme(theme) {
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // The choice lasts as long as the page.
  }
}
