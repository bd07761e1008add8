// What a person meets on a screen, measured at once. Runs inside the page; returns plain data.
() => {
  const PLAIN = ['hidden', 'submit', 'button', 'image', 'reset'];
  const shown = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    element.getBoundingClientRect().width > 1 && element.getBoundingClientRect().height > 1;
  const labelOf = (element) => [...(element.labels ?? [])].map((label) => label.innerText.trim()).join(' ');
  const nameOf = (element) =>
    element.tagName.toLowerCase() + (element.id ? '#' + element.id : '') +
    (element.name ? `[name="${element.name}"]` : '') +
    (element.matches('button, a') ? ` (${element.innerText.trim().slice(0, 40)})` : '');

  // a styled checkbox is often invisible itself, and its label is what people touch
  const touched = (element) =>
    shown(element) ? element : !['checkbox', 'radio'].includes(element.type) ? null
      : [...element.labels].find((label) => shown(label)) ?? null;

  const trouble = (element) => {
    const target = touched(element);
    target.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
    const box = target.getBoundingClientRect();
    const width = screen.width < innerWidth ? screen.width : document.documentElement.clientWidth;
    if (box.left < -1) return `sticks out ${Math.round(-box.left)} px on the left`;
    if (box.right > width + 1) return `sticks out ${Math.round(box.right - width)} px on the right`;
    const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
    if (y < 0 || y > innerHeight) return 'cannot be scrolled to';
    const hit = document.elementFromPoint(x, y);
    const free = hit && (target.contains(hit) || hit.contains(target) || [...(target.labels ?? [])].includes(hit));
    return free ? null : `is covered by ${hit ? nameOf(hit) : 'nothing that can be touched'}`;
  };

  const described = (element) => ({
    name: nameOf(element),
    type: element.tagName === 'INPUT' ? element.type : element.tagName.toLowerCase(),
    hints: [element.id, element.name, element.autocomplete, element.placeholder, element.ariaLabel, labelOf(element)]
      .filter(Boolean).join(' '),
    trouble: trouble(element),
  });

  const controls = [...document.querySelectorAll('input, select, textarea')]
    .filter((one) => !PLAIN.includes(one.type) && touched(one));
  const inForms = [...document.querySelectorAll('button, input[type="submit"], input[type="image"]')]
    .filter((one) => shown(one) && (one.type === 'submit' || one.type === 'image') && one.form
      && [...one.form.elements].some((field) => controls.includes(field)));
  const submits = inForms.length || document.querySelector('form') ? inForms
    : [...document.querySelectorAll('button, [role="button"]')].filter(shown);
  const modals = [...document.querySelectorAll('dialog:modal, [aria-modal="true"]')].filter(shown);
  const words = [...document.querySelectorAll('[placeholder], [alt], [aria-label], [title], input[type="submit"]')]
    .filter((one) => one.checkVisibility())
    .flatMap((one) => [one.placeholder, one.alt, one.ariaLabel, one.title, one.type === 'submit' ? one.value : '']);

  const measured = {
    title: document.title,
    language: document.documentElement.lang,
    text: (document.body?.innerText ?? '').replace(/\s+/g, ' ').trim(),
    words: words.filter(Boolean).join(' | '),
    width: Math.max(document.documentElement.scrollWidth, document.body?.scrollWidth ?? 0),
    fields: controls.map(described),
    submits: submits.map(described),
    modals: modals.map((one) => nameOf(one) + ': ' + one.innerText.trim().slice(0, 80)),
  };
  scrollTo(0, 0);
  return measured;
}
