/** One labelled input, with its rule when its value breaks it. */
import { centsIn, type FieldName } from './order-draft.ts';

interface Properties {
  readonly name: FieldName;
  readonly label: string;
  readonly rule: string;
  readonly value: string;
  readonly isWrong: boolean;
  readonly onChange: (value: string) => void;
}

export function FormField({ name, label, rule, value, isWrong, onChange }: Properties) {
  const isFree = name === 'euros' && centsIn(value) === 0;
  const hint = isWrong ? rule : isFree ? 'Free of charge: accepted as EUR 0.00.' : undefined;
  return (
    <div className="field">
      <label htmlFor={name}>{label}</label>
      <input
        id={name}
        name={name}
        value={value}
        required
        autoComplete="off"
        inputMode={name === 'euros' ? 'decimal' : 'text'}
        aria-invalid={isWrong}
        aria-describedby={`${name}-hint`}
        onChange={(change) => onChange(change.target.value)}
      />
      <p id={`${name}-hint`} className={isWrong ? 'wrong' : 'hint'}>
        {hint}
      </p>
    </div>
  );
}
