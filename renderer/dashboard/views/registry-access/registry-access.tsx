import { useTexts } from '../../hooks.ts';

export function RegistryAccess() {
  const { registryAccess: texts } = useTexts();
  return <h1>{texts.title}</h1>;
}
