/** Makes a repository with awkward names and writes what git itself says of it into `test/history.json`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What each commit writes; null deletes. */
const COMMITS: readonly { author: string; files: Readonly<Record<string, string | null>> }[] = [
  {
    author: 'Ann',
    files: { 'README.md': 'one', 'src/a b.ts': 'a', '~tilde': 't', '.hidden/..x': 'h' },
  },
  {
    author: 'Bärbel Öztürk',
    files: { 'README.md': 'two', 'übung/日本 🚀.md': 'u', [`deep/${'x'.repeat(150)}.txt`]: 'long' },
  },
  { author: "O'Neill", files: { '~tilde': null, 'src/a b.ts': 'b', "it's (a) *?.txt": 'q' } },
  { author: 'Ann', files: { '~tilde': 'back', [`deep/${'x'.repeat(150)}.txt`]: 'longer' } },
];

const repository = mkdtempSync(join(tmpdir(), 'git-history-'));
const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' });

git('init', '--quiet');
git('config', 'user.email', 'a@example.com');
for (const { author, files } of COMMITS) {
  for (const [path, content] of Object.entries(files)) {
    const file = join(repository, path);
    mkdirSync(dirname(file), { recursive: true });
    if (content === null) rmSync(file);
    else writeFileSync(file, content);
  }
  git('add', '--all');
  git('-c', `user.name=${author}`, 'commit', '--quiet', '--message', 'change');
}

const commits = git('log', '--reverse', '--format=%H').trim().split('\n');
const history = commits.map((commit) => ({
  commit,
  author: git('show', '--no-patch', '--format=%an', commit).trim(),
  changes: changesOf(commit),
  /** The blob of each path of the tree, by git's word. */
  tree: Object.fromEntries(
    split(git('ls-tree', '-r', '-z', commit)).map((line) => {
      const [about = '', path = ''] = line.split('\t');
      return [path, about.split(' ')[2]];
    }),
  ),
}));
writeFileSync('test/history.json', JSON.stringify(history, null, 2));
rmSync(repository, { recursive: true });

/** `:100644 100644 old new M`, then the path: two fields each. */
function changesOf(commit: string) {
  const fields = split(
    git('diff-tree', '--root', '-r', '-z', '--no-renames', '--no-commit-id', commit),
  );
  return Array.from({ length: fields.length / 2 }, (_, index) => {
    const [, , , blob, kind] = (fields[index * 2] ?? '').split(' ');
    return { path: fields[index * 2 + 1] ?? '', blob: kind === 'D' ? null : (blob ?? null) };
  });
}

function split(text: string): string[] {
  return text.split('\0').filter(Boolean);
}
