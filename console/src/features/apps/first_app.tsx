/** What a person sees who has no app yet: what one is, and how it goes on. */

const STEPS = [
  [
    'Create an app',
    'Give it a name above. With a template its sandbox is made at once: a container of its own, with a workspace that stays.',
  ],
  ['See it', 'Its preview has a URL of its own, and wakes by itself when somebody visits it.'],
  [
    'Try something',
    'Change files by hand, or let a coding agent do it. Capture the workspace whenever it is good.',
  ],
  [
    'Undo, or branch off',
    'Restore any snapshot in a moment, or fork it into further apps that begin there.',
  ],
] as const

export function FirstApp() {
  return (
    <section
      aria-label="How to begin"
      className="rounded-lg border border-line border-dashed p-6 sm:p-8"
    >
      <h2 className="text-base">No apps yet</h2>
      <ol className="mt-5 grid gap-x-8 gap-y-5 sm:grid-cols-2 xl:grid-cols-4">
        {STEPS.map(([title, text], index) => (
          <li key={title} className="flex flex-col gap-1">
            <span className="font-medium">
              <span className="mr-2 text-quiet">{index + 1}</span>
              {title}
            </span>
            <span className="text-quiet">{text}</span>
          </li>
        ))}
      </ol>
      <p className="mt-6 text-quiet">
        All of it can be done by HTTP too: see the{' '}
        <a href="/docs" className="text-accent underline">
          API's own page
        </a>
        .
      </p>
    </section>
  )
}
