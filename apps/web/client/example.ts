// How a page uses the client; compiled by the tests, so that it stays true.
import { ApiError, marquee } from './client';

export async function continueWatching(): Promise<string[]> {
  const client = marquee();
  const { data } = await client.GET('/pages/home');
  const row = data?.rows.find((each) => each.id === 'continue-watching');
  return row?.titles.map((title) => title.title) ?? [];
}

export async function rate(userId: string, profileId: string, titleId: string): Promise<string> {
  try {
    const { data } = await marquee().PUT('/profiles/{user_id}/{profile_id}/ratings/{title_id}', {
      params: { path: { user_id: userId, profile_id: profileId, title_id: titleId } },
      body: { stars: 5, thumb: 'up' },
    });
    return `${data?.stars} stars`;
  } catch (error) {
    if (error instanceof ApiError && error.type === 'other-profile') return 'Switch profiles first.';
    throw error;
  }
}
