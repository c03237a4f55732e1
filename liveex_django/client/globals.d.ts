// What the browser has and TypeScript's own list of the DOM does not name yet.

interface TrustedHtmlPolicy {
  createHTML(html: string): string;
}

interface Window {
  trustedTypes?: {
    createPolicy(name: string, rules: { createHTML(html: string): string }): TrustedHtmlPolicy;
  };
}
