// What a real browser makes of marked HTML: whether it is the same page as without markers, and whether every slot is
// where the server says. `tree` is the render: ["F", slot, ...] with a slot as {content: text | tree | {rows: [...]}},
// {attributes: {...}} or {text: "..."}. Answers with the list of what is wrong.
globalThis.lookAtMarkers = (() => {
  const OPENING = /^\[(\d+)$/;

  function parse(html, inside) {
    const source = inside ? `<!doctype html><body>${inside[0]}${html}${inside[1]}` : html;
    return new DOMParser().parseFromString(source, "text/html");
  }

  function bare(document) {
    const walker = document.createTreeWalker(document, NodeFilter.SHOW_COMMENT | NodeFilter.SHOW_ELEMENT);
    const gone = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === 1) node.removeAttribute("lx-e");
      else if (OPENING.test(node.data) || node.data === "]" || node.data === ":") gone.push(node);
    }
    gone.forEach((node) => node.remove());
    document.normalize();
    // A loop without rows leaves the <tbody> that was written out for it.
    return document.documentElement.outerHTML.replace(/<\/?tbody>/g, "");
  }

  function check(nodes, tree, path, wrong) {
    const found = new Set();
    const take = (number) => {
      if (found.has(number)) wrong.push(`${path}.${number} is there twice`);
      found.add(number);
      return tree[number + 1];
    };
    walk(nodes);
    for (let number = 0; number < tree.length - 1; number += 1) {
      if (!found.has(number)) wrong.push(`${path}.${number} is not there`);
    }

    function walk(siblings) {
      for (let index = 0; index < siblings.length; index += 1) {
        const node = siblings[index];
        const opening = node.nodeType === 8 && OPENING.exec(node.data);
        if (opening) {
          const end = closing(siblings, index);
          if (end < 0) {
            wrong.push(`${path}.${opening[1]} does not end among its siblings`);
            return;
          }
          checkContent(siblings.slice(index + 1, end), take(Number(opening[1])), `${path}.${opening[1]}`);
          index = end;
        } else if (node.nodeType === 8 && (node.data === "]" || node.data === ":")) {
          wrong.push(`${path} has a stray ${node.data}`);
        } else if (node.nodeType === 1) {
          const address = node.getAttribute("lx-e");
          if (address !== null) address.split(" ").forEach((number) => checkElement(node, take(Number(number)), `${path}.${number}`));
          walk([...node.childNodes]);
        }
      }
    }

    function checkElement(element, slot, where) {
      if (!slot) wrong.push(`${where} is no slot`);
      else if (slot.attributes) {
        for (const [name, value] of Object.entries(slot.attributes)) {
          if (element.getAttribute(name) !== value) {
            wrong.push(`${where}: ${name} is ${JSON.stringify(element.getAttribute(name))}, not ${JSON.stringify(value)}`);
          }
        }
      } else if (slot.text !== undefined) {
        if (element.textContent !== slot.text) wrong.push(`${where}: text is ${JSON.stringify(element.textContent)}`);
      } else wrong.push(`${where} is content, but addressed as an element`);
    }

    function checkContent(inside, slot, where) {
      if (!slot || slot.content === undefined) wrong.push(`${where} is not content`);
      else if (Array.isArray(slot.content)) check(inside, slot.content, where, wrong);
      else if (slot.content.rows) checkRows(inside, slot.content.rows, where);
    }

    function checkRows(inside, rows, where) {
      const starts = [];
      let depth = 0;
      inside.forEach((node, index) => {
        if (node.nodeType !== 8) return;
        if (OPENING.test(node.data)) depth += 1;
        else if (node.data === "]") depth -= 1;
        else if (node.data === ":" && depth === 0) starts.push(index);
      });
      if (starts.length !== rows.length || starts[0] !== 0) {
        wrong.push(`${where} has ${starts.length} rows, not ${rows.length}`);
        return;
      }
      rows.forEach((row, number) => {
        check(inside.slice(starts[number] + 1, starts[number + 1]), ["", ...row], `${where}[${number}]`, wrong);
      });
    }
  }

  function closing(siblings, opening) {
    let depth = 0;
    for (let index = opening; index < siblings.length; index += 1) {
      if (siblings[index].nodeType !== 8) continue;
      if (OPENING.test(siblings[index].data)) depth += 1;
      else if (siblings[index].data === "]" && (depth -= 1) === 0) return index;
    }
    return -1;
  }

  return ({ html, marked, tree, inside }) => {
    const wrong = [];
    const document = parse(marked, inside);
    const root = inside ? document.getElementById("region") : document;
    check([...root.childNodes].filter((node) => node.nodeType !== 10), tree, "", wrong);
    if (bare(document) !== bare(parse(html, inside))) {
      wrong.push(`another page: ${bare(document)} instead of ${bare(parse(html, inside))}`);
    }
    return wrong;
  };
})();
