/** Claims an empty deployment for one export: another one is refused from then on. */
import { type Failure, wrongState } from '../../core/aggregate/outcome.ts';
import { type restoredExport, restoredExportAddress } from '../../core/restore/restored-export.ts';
import { type OwnSender, sendOwnCommand } from '../commands/send-own-command.ts';

/** Undefined where it has it, now or before. */
export async function claimDeployment(
  sender: OwnSender,
  claim: { readonly export: string },
): Promise<Failure | undefined> {
  const name: keyof typeof restoredExport.commands = 'ClaimDeployment';
  const failure = await sendOwnCommand(sender, restoredExportAddress, name, claim);
  return failure?.outcome === 'rejected' ? another : failure;
}

const another = wrongState(
  'This deployment is restored from another export, or from an earlier state of this one. Nothing was stored: restore into an empty one.',
);
