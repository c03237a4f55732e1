/**
 * Elements that the script itself brings into the page: behind its body, where no patch and no navigation reaches them.
 */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} className
 * @param {Record<string, string>} [attributes]
 */
export function make(tag, className, attributes = {}) {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/**
 * @param {string} className
 * @param {string} label
 * @param {() => void} clicked
 */
export function button(className, label, clicked) {
  const element = make("button", className, { type: "button" });
  element.textContent = label;
  element.addEventListener("click", clicked);
  return element;
}

/** @param {Element} element */
export const show = (element) => document.documentElement.append(element);
