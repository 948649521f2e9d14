/** A text with a button that copies it. */
interface Properties {
  readonly label: string;
  readonly text: string;
}

export function Copied({ label, text }: Properties) {
  return (
    <div className="copied">
      <span>{label}</span>
      <button type="button" onClick={() => navigator.clipboard.writeText(text)}>
        Copy<span className="unseen"> {label}</span>
      </button>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
