import { randomInt } from 'node:crypto';

const ADJECTIVES =
  'able amber awake bold brave breezy bright brisk calm candid careful casual charming clean clever cosy crisp curious daring deft eager early fair fast fine fond free fresh gentle glad golden grand handy happy honest humble keen kind lively lucky merry mild neat nimble noble patient placid polite proud quick quiet rapid ready serene sharp silent smooth steady stern subtle sunny swift tidy upbeat useful valiant vivid warm wise witty zesty'.split(
    ' ',
  );
const NOUNS =
  'badger beaver bee bird boar bream carp cat colt conch cow crab crane crow deer dog dolphin donkey dove duck elk falcon finch fish fly foal fowl fox frog gnat goat goose grouse gull hare hawk hen heron horse hound jay kit koi lamb lark loon lynx mare mink mole moose moth mouse mule newt otter owl ox panda perch pig pony pug quail ram rat ray robin roo rook seal shad shark sheep shrew shrike sloth smelt snail snipe sow squid stag steed stoat stork swan tern toad trout turtle vole wasp whale wolf worm wren yak zebra'.split(
    ' ',
  );

/** A name for a run that was given none: three parts that are easy to say and to tell apart. */
export function randomRunName(): string {
  return `${ADJECTIVES[randomInt(ADJECTIVES.length)]}-${NOUNS[randomInt(NOUNS.length)]}-${randomInt(1000)}`;
}
