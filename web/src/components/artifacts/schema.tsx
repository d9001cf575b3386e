import { useQuery } from '@tanstack/react-query';
import { Empty, Shown } from '@/components/states.tsx';
import { listArtifacts, readHead } from '@/lib/api/artifacts.ts';
import { readMlModel } from '@/lib/mlmodel.ts';
import { ApiError } from '@/lib/request.ts';
import { SignatureTable } from './signature.tsx';

const MOST_READ = 400_000;

/** What a model takes and gives, from the MLmodel file beside it; `whose` names what lacks one. */
export function Schema({ uri, whose }: { uri: string; whose: string }) {
  const query = useQuery({
    queryKey: ['mlmodel', uri],
    queryFn: async ({ signal }) => {
      try {
        const files = await listArtifacts(uri, '', signal);
        return files.some(({ path }) => path === 'MLmodel') ? readMlModel((await readHead(uri, 'MLmodel', MOST_READ)).text) : null;
      } catch (error) {
        if (error instanceof ApiError && error.status < 500) return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });
  return (
    <Shown query={query} what="The schema" height={160}>
      {(model) =>
        model === null ? (
          <Empty title={`There is no MLmodel file where ${whose} points`} />
        ) : (
          <SignatureTable inputs={model.inputs} outputs={model.outputs} />
        )
      }
    </Shown>
  );
}
