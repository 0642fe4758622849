import { useState } from 'react';
import { ROLL_OUT_METHODS, type RollOutMethod, rollOutSteps } from '../../../../shared/roll-out/methods.ts';
import type { RollOut, RollOutFile } from '../../../../shared/schemas/hub/roll-out.ts';
import { Card } from '../../../ui/components/card.tsx';
import { Choice } from '../../../ui/components/choice.tsx';
import { Icon } from '../../../ui/components/icon.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { useOrganization, useTexts } from '../../hooks.ts';
import { Code } from './code.tsx';
import { Commands } from './commands.tsx';
import { bytesOf, download, textOf } from './file-content.ts';

/** For each way to manage machines what to download and what to type. */
export function FilesCard({ rollOut: { hub, files } }: { rollOut: RollOut }) {
  const { rollOut } = useTexts();
  const { name: organization } = useOrganization();
  const [method, setMethod] = useState<RollOutMethod>('debian');
  const steps = rollOutSteps[method];
  const commands = steps.commands({ organization, hub });
  return (
    <Card title={rollOut.title} heading={1}>
      <p className="lead">{rollOut.lead(organization)}</p>
      <Choice
        label={rollOut.methods}
        value={method}
        options={ROLL_OUT_METHODS.map((each) => [each, rollOut.method[each].name] as const)}
        onChange={setMethod}
      />
      <p className="roll-out-how">{rollOut.method[method].how}</p>
      <ul className="plain roll-out-files">
        {files
          .filter(({ format }) => steps.files.includes(format))
          .map((file) => (
            <li key={file.format}>
              <FileRow file={file} />
            </li>
          ))}
      </ul>
      {commands !== null && <Commands label={rollOut.commands(rollOut.method[method].name)} text={commands} />}
    </Card>
  );
}

function FileRow({ file }: { file: RollOutFile }) {
  const { rollOut } = useTexts();
  if (file.kind === 'not-made') {
    return (
      <>
        <p>{rollOut.notMade}</p>
        <ProblemNote problem={file.problem} />
      </>
    );
  }
  const bytes = bytesOf(file.base64);
  return (
    <>
      <button type="button" className="button" onClick={() => download(file.name, bytes)}>
        <Icon name="download" />
        {rollOut.download(file.name)}
      </button>
      <details className="folded">
        <summary>{rollOut.show(file.name)}</summary>
        <Code label={file.name} text={textOf(bytes)} />
      </details>
    </>
  );
}
