/** sandboxd's mark. */
export function Mark({ size }: { size: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 32 32"
      aria-hidden
      className="shrink-0 text-accent"
    >
      <rect width="32" height="32" rx="7" fill="currentColor" />
      <g fill="none" stroke="var(--on-accent)" strokeWidth="2" strokeLinejoin="round">
        <path d="M16 6.500 24.500 11v10L16 25.500 7.500 21V11z" />
        <path d="M7.500 11 16 15.500 24.500 11M16 15.500v10" />
      </g>
    </svg>
  )
}
