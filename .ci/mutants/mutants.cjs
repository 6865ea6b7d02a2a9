// Which mutants a source has: small changes of one expression or statement, as a tired hand would make them.

const { parse } = require('@babel/parser');

const BOUNDARIES = { '<': '<=', '<=': '<', '>': '>=', '>=': '>', '===': '!==', '!==': '===' };
const ARITHMETIC = { '+': '-', '-': '+', '*': '/', '/': '*', '+=': '-=', '-=': '+=' };
const LOGIC = { '&&': '||', '||': '&&' };
const METHODS = new Map(Object.entries({ min: 'max', max: 'min', some: 'every', every: 'some', shift: 'pop' }));

/** What `node` may become: `[what, text]`. A text of `undefined` leaves the statement out. */
const MUTATIONS = {
  BinaryExpression(node, text) {
    const { left, right, operator } = node;
    const isText = [left, right].some(({ type }) => type === 'StringLiteral' || type === 'TemplateLiteral');
    const other = BOUNDARIES[operator] ?? (isText ? undefined : ARITHMETIC[operator]);
    return other === undefined ? [] : [[`${operator} → ${other}`, `${text(left)} ${other} ${text(right)}`]];
  },
  LogicalExpression({ left, right, operator }, text) {
    if (operator === '??') return [['without ??', text(left)]];
    return [[`${operator} → ${LOGIC[operator]}`, `(${text(left)}) ${LOGIC[operator]} (${text(right)})`]];
  },
  AssignmentExpression({ left, right, operator }, text) {
    const other = ARITHMETIC[operator];
    return other === undefined ? [] : [[`${operator} → ${other}`, `${text(left)} ${other} ${text(right)}`]];
  },
  UnaryExpression({ operator, argument }, text) {
    return operator === '!' ? [['without !', text(argument)]] : [];
  },
  BooleanLiteral: ({ value }) => [[`${value} → ${!value}`, String(!value)]],
  NumericLiteral: ({ value }) => [[`${value} → ${value + 1}`, String(value + 1)]],
  CallExpression({ callee, arguments: given }, text) {
    if (callee.type !== 'MemberExpression' || callee.computed) return [];
    const { object, property } = callee;
    if (property.name === 'reverse' || property.name === 'filter') return [[`without ${property.name}`, text(object)]];
    const other = METHODS.get(property.name);
    return other === undefined
      ? []
      : [[`${property.name} → ${other}`, `${text(object)}.${other}(${given.map(text).join(', ')})`]];
  },
  ExpressionStatement: ({ expression }) =>
    expression.type === 'CallExpression' && expression.callee.type === 'Super' ? [] : [['left out', undefined]],
  BreakStatement: () => [['left out', undefined]],
  ContinueStatement: () => [['left out', undefined]],
};

/** What a condition may become. A loop that never ends would prove nothing. */
const CONDITIONS = {
  IfStatement: ['true', 'false'],
  ConditionalExpression: ['true', 'false'],
  WhileStatement: ['false'],
};

/**
 * The mutants of a source, in the order in which they stand there.
 *
 * @returns `{ start, end, line, what, put }`: what is put instead of the text from `start` to `end`; undefined: nothing.
 */
function mutantsOf(source) {
  const found = [];
  const text = ({ start, end }) => source.slice(start, end);
  const add = (node, mutations) => {
    const { start, end, loc } = node;
    for (const [what, put] of mutations) found.push({ start, end, line: loc.start.line, what, put });
  };
  const visit = (node) => {
    if (!isMutable(node)) return;
    const { type, test } = node;
    add(node, MUTATIONS[type]?.(node, text) ?? []);
    if (CONDITIONS[type] !== undefined)
      add(
        test,
        CONDITIONS[type].map((value) => [`condition → ${value}`, value]),
      );
    for (const child of childrenOf(node)) visit(child);
  };
  visit(parse(source, { sourceType: 'module', plugins: ['typescript'] }).program);
  return found.sort((one, other) => one.start - other.start || other.end - one.end);
}

/** Types are gone when the program runs, and what an error says is for people. */
function isMutable({ type }) {
  if (['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression', 'TSParameterProperty'].includes(type))
    return true;
  return !type.startsWith('TS') && type !== 'ThrowStatement' && type !== 'ImportDeclaration';
}

function childrenOf(node) {
  const children = [];
  for (const [key, value] of Object.entries(node)) {
    if (key === 'key' && !node.computed) continue;
    for (const each of Array.isArray(value) ? value : [value]) {
      if (typeof each?.type === 'string' && each.start !== undefined) children.push(each);
    }
  }
  return children.filter(({ type }) => !type.startsWith('Comment'));
}

/** The source with all of its mutants in it: `__mutant(number)` says which one is in force. Numbers begin at `first`. */
function withMutants(source, first) {
  const mutants = mutantsOf(source).map((mutant, index) => ({ ...mutant, number: first + index }));
  let next = 0;
  const render = (from, to) => {
    let out = '';
    let at = from;
    while (next < mutants.length && mutants[next].start < to) {
      const { start, end } = mutants[next];
      const here = [];
      for (; next < mutants.length && mutants[next].start === start && mutants[next].end === end; next += 1) {
        here.push(mutants[next]);
      }
      out += source.slice(at, start) + wrap(here, render(start, end));
      at = end;
    }
    return out + source.slice(at, to);
  };
  return render(0, source.length);
}

function wrap(mutants, original) {
  if (mutants[0].put === undefined) return `{ if (!__mutant(${mutants[0].number})) { ${original} } }`;
  return `(${mutants.map(({ number, put }) => `__mutant(${number}) ? (${put}) : `).join('')}(${original}))`;
}

module.exports = { mutantsOf, withMutants };
