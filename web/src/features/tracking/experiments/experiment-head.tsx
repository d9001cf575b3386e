import { Link } from '@tanstack/react-router';
import { Description } from '@/components/edit/description.tsx';
import { ownTags, TagEditor } from '@/components/edit/tags.tsx';
import { PageHead } from '@/components/panel.tsx';
import { deleteExperimentTag, type Experiment, setExperimentTag } from '@/lib/api/tracking.ts';
import { NOTE_TAG } from './experiment-table.tsx';
import css from './experiments.module.css';

/** What an experiment is called and about, and the ways to its runs and its models. */
export function ExperimentHead({ experiment, question }: { experiment: Experiment; question: string }) {
  const { experiment_id: id, name, tags = [], lifecycle_stage } = experiment;
  const note = tags.find(({ key }) => key === NOTE_TAG)?.value ?? '';
  return (
    <>
      <PageHead title={name} question={lifecycle_stage === 'deleted' ? 'This experiment is deleted.' : question} />
      <div className="row wrap" style={{ alignItems: 'flex-start', gap: 24 }}>
        <Description text={note} what="the experiment" save={(value) => setExperimentTag(id, { key: NOTE_TAG, value })} />
        <TagEditor tags={ownTags(tags)} set={(tag) => setExperimentTag(id, tag)} remove={(key) => deleteExperimentTag(id, key)} />
      </div>
      <nav className={css.ways} aria-label="Parts of the experiment">
        <Link to="/experiments/$id" params={{ id }} activeOptions={{ exact: true, includeSearch: false }}>
          Runs
        </Link>
        <Link to="/experiments/$id/models" params={{ id }} activeOptions={{ includeSearch: false }}>
          Logged models
        </Link>
      </nav>
    </>
  );
}
