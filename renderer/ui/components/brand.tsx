/** The product's mark and name. The mark is `assets/portcullis.svg`, drawn here so that a page needs no markup made from a string. */
export function Brand({ name }: { name: string }) {
  return (
    <p className="brand">
      <span className="logo">
        <svg
          viewBox="0 0 24 24"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
          aria-hidden="true"
        >
          <path d="M4 21v-9.5a8 8 0 0 1 16 0V21M9.3 4.2V21M14.7 4.2V21M4 10.5h16M4 15.8h16" />
        </svg>
      </span>
      {name}
    </p>
  );
}
