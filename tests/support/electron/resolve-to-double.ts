import { registerHooks } from 'node:module';
import type { ElectronDouble } from './double.ts';

const NAME = 'portcullis-electron-double';

/** Whatever is imported or required as `electron` in this process from now on is the double. */
export function resolveToDouble({ electron }: ElectronDouble): void {
  Object.assign(globalThis, { [NAME]: electron });
  const whole = `const electron = globalThis['${NAME}'];`;
  const sources = {
    module: `${whole}\nexport default electron;\nexport const { ${Object.keys(electron).join(', ')} } = electron;`,
    commonjs: `${whole}\nmodule.exports = electron;`,
  };
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== 'electron') return next(specifier, context);
      const format = context.conditions?.includes('require') ? 'commonjs' : 'module';
      return { url: `double:${format}`, format, shortCircuit: true };
    },
    load(url, context, next) {
      const format = (['module', 'commonjs'] as const).find((one) => url === `double:${one}`);
      return format === undefined ? next(url, context) : { format, source: sources[format], shortCircuit: true };
    },
  });
}
