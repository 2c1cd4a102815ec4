// What a person would find wrong with a panel that is drawn.
const TOLERANCE = 1; // pixels; browsers round
const HEADER = '[role=columnheader]';

function* cut(panel) {
  for (const element of panel.querySelectorAll('*')) {
    if (getComputedStyle(element).overflowX === 'visible' || !element.textContent) continue;
    if (element.matches(HEADER) || element.querySelector(HEADER)) continue; // they have a handle at their edge
    if (element.scrollWidth > element.clientWidth + TOLERANCE) {
      yield `cut (${element.scrollWidth} in ${element.clientWidth} pixels): ${element.textContent.slice(0, 80)}`;
    }
  }
}

function* cutBelow(panel) {
  for (const cell of panel.querySelectorAll('[role=cell]')) {
    if (cell.scrollHeight > cell.clientHeight + TOLERANCE) yield `cut below: ${cell.textContent}`;
  }
}

function* outside(panel) {
  const { right } = panel.getBoundingClientRect();
  for (const header of panel.querySelectorAll(HEADER)) {
    if (header.getBoundingClientRect().right > right + TOLERANCE) yield `outside: column ${header.textContent}`;
  }
}

function* overflowingLegend(panel) {
  let element = panel.querySelector('[data-testid^="data-testid VizLegend"]');
  for (; panel.contains(element) && !element.querySelector('canvas'); element = element.parentElement) {
    if (element.clientHeight && element.scrollHeight > element.clientHeight + TOLERANCE) {
      yield `legend: ${element.scrollHeight} in ${element.clientHeight} pixels`;
    }
  }
}

function* errors(panel) {
  for (const { textContent } of panel.querySelectorAll('.error')) yield textContent;
}

export function faults(panel) {
  return [errors, outside, cut, cutBelow, overflowingLegend].flatMap((find) => [...find(panel)]);
}
