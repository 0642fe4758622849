import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { useTexts } from '../../hooks.ts';
import { Code } from './code.tsx';

/** Commands to copy, which scroll by themselves where they are wider than the page. */
export function Commands({ text, label }: { text: string; label: string }) {
  const { rollOut } = useTexts();
  return (
    <div className="commands">
      <Code label={label} text={text} />
      <CopyButton text={() => text} label={rollOut.copyCommands} className="button small" />
    </div>
  );
}
